//! What is accepted of a file, and which option accepts more.

use strongroom::errors::KdfError;
use strongroom_vault::{ExportFile, KdfParameterError, Limits, ReadError};

use crate::args;

const MIB: usize = 1 << 20;

/// The usual limits, widened to what the options allow.
pub(crate) fn limits(allowed: &args::Bounds) -> Limits {
    let usual = Limits::default();
    let mut kdf = usual.kdf;
    if let Some(iterations) = allowed.allow_kdf_iterations {
        widen(&mut kdf.min_pbkdf2_iterations, &mut kdf.max_pbkdf2_iterations, iterations);
        widen(&mut kdf.min_argon2id_iterations, &mut kdf.max_argon2id_iterations, iterations);
    }
    if let Some(memory) = allowed.allow_kdf_memory {
        widen(&mut kdf.min_argon2id_memory_mib, &mut kdf.max_argon2id_memory_mib, memory);
    }
    if let Some(lanes) = allowed.allow_kdf_parallelism {
        widen(&mut kdf.min_argon2id_parallelism, &mut kdf.max_argon2id_parallelism, lanes);
    }
    if let Some(work) = allowed.allow_kdf_work {
        kdf.max_argon2id_work_mib = kdf.max_argon2id_work_mib.max(work);
    }
    let mut max_bytes = usual.max_bytes;
    if let Some(mib) = allowed.allow_file_size {
        max_bytes = max_bytes.max(mib.saturating_mul(MIB));
    }
    Limits { kdf, max_bytes }
}

fn widen(min: &mut u32, max: &mut u32, allowed: u32) {
    *min = allowed.min(*min);
    *max = allowed.max(*max);
}

/// The options with which the parameters of this file would be accepted, all that it takes; `None` if none would help.
pub(crate) fn options_for(file: &[u8], allowed: &args::Bounds) -> Option<String> {
    let mut allowed = *allowed;
    let mut options = Vec::new();
    while let Err(ReadError::Kdf(KdfParameterError::Bounds(error))) = ExportFile::parse(file, &limits(&allowed)) {
        let option = match error {
            KdfError::Pbkdf2Iterations { found, .. } | KdfError::Argon2idIterations { found, .. } => {
                allowed.allow_kdf_iterations = Some(found);
                format!("--allow-kdf-iterations {found}")
            }
            KdfError::Argon2idMemory { found, .. } => {
                allowed.allow_kdf_memory = Some(found);
                format!("--allow-kdf-memory {found}")
            }
            KdfError::Argon2idParallelism { found, .. } => {
                allowed.allow_kdf_parallelism = Some(found);
                format!("--allow-kdf-parallelism {found}")
            }
            KdfError::Argon2idWork { iterations, memory_mib, .. } => {
                let work = u64::from(iterations) * u64::from(memory_mib);
                allowed.allow_kdf_work = Some(work);
                format!("--allow-kdf-work {work}")
            }
            _ => return None,
        };
        if options.contains(&option) {
            // What the function itself cannot do, no option allows.
            return None;
        }
        options.push(option);
    }
    Some(options.join(" "))
}
