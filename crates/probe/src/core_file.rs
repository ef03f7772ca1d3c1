//! Core files (elf(5), core(5)): what the kernel or gcore wrote down of a process.

use object::elf::{FileHeader64, NT_PRSTATUS, PT_LOAD, PT_NOTE};
use object::read::elf::{FileHeader as _, ProgramHeader as _};
use object::{Endianness, elf};

use crate::region::{Kind, Region};
use crate::scan::{ScanReport, Scanner};

/// A file that is no core file of a 64-bit process, or not the whole of one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotACore {
    /// Something else.
    #[error("not a core file: {0}")]
    Unreadable(#[from] object::read::Error),
    /// It ends before a segment that it names: what was there was not looked at.
    #[error("not a core file: it ends before a segment that it names")]
    CutOff,
}

/// What a core file holds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CoreReport {
    /// The segments of memory.
    pub memory: ScanReport,
    /// The notes: registers of every thread at the end, among others.
    pub notes: ScanReport,
    /// The stack pointers of the threads.
    pub stack_pointers: Vec<u64>,
}

/// Looks for the needles in a core file.
///
/// # Errors
/// [`NotACore`].
pub fn scan_core(scanner: &Scanner, file: &[u8]) -> Result<CoreReport, NotACore> {
    let header = FileHeader64::<Endianness>::parse(file)?;
    let endian = header.endian()?;
    let mut report = CoreReport::default();
    for segment in header.program_headers(endian, file)? {
        let data = segment.data(endian, file).map_err(|()| NotACore::CutOff)?;
        let start = segment.p_vaddr(endian);
        match segment.p_type(endian) {
            PT_LOAD if !data.is_empty() => {
                let region = Region {
                    start,
                    end: start + data.len() as u64,
                    permissions: permissions(segment.p_flags(endian)),
                    kind: Kind::Copied,
                    inode: 0,
                    name: "core".to_owned(),
                };
                report.memory.regions += 1;
                report.memory.bytes += data.len() as u64;
                scanner.find(data, start, &region, &mut report.memory);
            }
            PT_NOTE => {
                let found = scanner.bytes("notes", data);
                report.notes.regions += found.regions;
                report.notes.bytes += found.bytes;
                report.notes.hits.extend(found.hits);
                for note in segment.notes(endian, file)?.into_iter().flatten() {
                    let note = note?;
                    if note.n_type(endian) == NT_PRSTATUS {
                        report.stack_pointers.extend(stack_pointer(header.e_machine(endian), note.desc()));
                    }
                }
            }
            _ => {}
        }
    }
    Ok(report)
}

/// The stack pointer of `struct elf_prstatus` (linux/elfcore.h): registers begin after 112 bytes.
fn stack_pointer(machine: u16, status: &[u8]) -> Option<u64> {
    let register = match machine {
        elf::EM_X86_64 => 19,
        elf::EM_AARCH64 => 31,
        _ => return None,
    };
    status.get(112 + 8 * register..)?.first_chunk().copied().map(u64::from_le_bytes)
}

fn permissions(flags: u32) -> String {
    let letter = |flag, letter| if flags & flag == 0 { '-' } else { letter };
    [letter(elf::PF_R, 'r'), letter(elf::PF_W, 'w'), letter(elf::PF_X, 'x')].into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Needles;

    #[test]
    fn what_is_no_core_is_an_error() {
        let mut needles = Needles::new();
        needles.bytes("secret", b"\x01\x23\x45\x67\x89\xab\xcd\xef").unwrap();
        let scanner = Scanner::new(&needles).unwrap();
        for bad in [&b""[..], b"\x7fELF", &[0; 64]] {
            assert!(scan_core(&scanner, bad).unwrap_err().to_string().starts_with("not a core file: "));
        }
    }

    /// A core file of one segment with these bytes, as long as it says.
    fn core(bytes: &[u8]) -> Vec<u8> {
        let mut file = vec![0; 64 + 56];
        let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, b"\x7fELF\x02\x01\x01");
        // A core file of x86-64, version 1; one program header of 56 bytes behind the header of 64.
        put(16, &[4, 0, 62, 0, 1]);
        put(32, &[64]);
        put(52, &[64, 0, 56, 0, 1]);
        // PT_LOAD, readable, at byte 120, at address 0x1000.
        put(64, &[1, 0, 0, 0, 4, 0, 0, 0, 120]);
        put(64 + 16, &[0, 0x10]);
        put(64 + 32, &bytes.len().to_le_bytes());
        file.extend(bytes);
        file
    }

    /// What is not there was not looked at: no file without a hit.
    #[test]
    fn a_core_that_was_cut_off_is_no_core_without_keys() {
        let secret = b"\x01\x23\x45\x67\x89\xab\xcd\xef";
        let mut needles = Needles::new();
        needles.bytes("secret", secret).unwrap();
        let scanner = Scanner::new(&needles).unwrap();
        let whole = core(secret);
        let report = scan_core(&scanner, &whole).unwrap();
        assert_eq!((report.memory.bytes, report.memory.hits.len()), (8, 1), "the control");
        for length in 120..whole.len() {
            assert!(matches!(scan_core(&scanner, &whole[..length]), Err(NotACore::CutOff)), "{length}");
        }
    }
}
