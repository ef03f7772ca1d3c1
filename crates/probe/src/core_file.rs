//! Core files (elf(5), core(5)): what the kernel or gcore wrote down of a process.

use object::elf::{FileHeader64, NT_PRSTATUS, PT_LOAD, PT_NOTE};
use object::read::elf::{FileHeader as _, ProgramHeader as _};
use object::{Endianness, elf};

use crate::region::{Kind, Region};
use crate::scan::{ScanReport, Scanner};

/// A file that is no core file of a 64-bit process.
#[derive(Debug, thiserror::Error)]
#[error("not a core file: {0}")]
pub struct NotACore(#[from] object::read::Error);

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
        let data = segment.data(endian, file).unwrap_or_default();
        let start = segment.p_vaddr(endian);
        match segment.p_type(endian) {
            PT_LOAD if !data.is_empty() => {
                let region = Region {
                    start,
                    end: start + data.len() as u64,
                    permissions: permissions(segment.p_flags(endian)),
                    kind: Kind::Copied,
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
}
