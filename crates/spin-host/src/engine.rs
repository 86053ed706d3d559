//! The wasmtime engine: pooled memory, epochs, and compiled components kept on disk.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};
use wasmtime::component::Component;
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::host::Limits;

/// How often a computing guest is interrupted to let others run.
pub(crate) const TICK: Duration = Duration::from_millis(5);

/// Core instances and tables that one component may consist of: its own, and those of the shims around it.
const PARTS: u32 = 8;

/// An engine whose pool holds `instances` calls, and its ticker.
///
/// The pool keeps what a usual call touches (its memory, table and stack) resident and resets it in place: giving pages
/// back and taking them again costs more than the call (toolchain.md, "The host, tried").
pub(crate) fn new(limits: &Limits, instances: u32) -> wasmtime::Result<Engine> {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(PARTS))
        .total_memories(instances.saturating_mul(2))
        .total_tables(instances.saturating_mul(PARTS))
        .total_stacks(instances)
        .max_core_instances_per_component(PARTS)
        .max_memories_per_component(2)
        .max_tables_per_component(PARTS)
        .max_memory_size(limits.memory)
        .pagemap_scan(Enabled::Auto)
        .linear_memory_keep_resident(4 << 20)
        .table_keep_resident(64 << 10)
        .async_stack_keep_resident(64 << 10)
        .decommit_batch_size(64)
        .max_unused_warm_slots(instances);
    let mut config = Config::new();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool)).epoch_interruption(true);
    let engine = Engine::new(&config)?;
    tick(&engine)?;
    Ok(engine)
}

/// Advances the epoch for as long as the engine lives.
fn tick(engine: &Engine) -> wasmtime::Result<()> {
    let engine = engine.weak();
    std::thread::Builder::new().name("epochs".into()).spawn(move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(TICK);
        }
    })?;
    Ok(())
}

/// A folder of compiled components.
///
/// What is read from it is executed, so it must be writable by nobody else: a folder that belongs to another user, or that
/// others may write to, is not used. Against damage (not against an attacker, who could do anything with our rights) each
/// file ends with its SHA-256; one that doesn't fit is compiled anew.
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Creates the folder if need be. An error says why it is not used.
    pub fn open(folder: &Path) -> Result<Self, String> {
        let named = |error: std::io::Error| format!("{}: {error}", folder.display());
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(named)?;
        let metadata = folder.metadata().map_err(named)?;
        if metadata.uid() != rustix::process::geteuid().as_raw() || metadata.mode() & 0o022 != 0 {
            return Err(format!(
                "{} must belong to this user, and nobody else may write to it",
                folder.display()
            ));
        }
        Ok(Self { folder: folder.to_owned() })
    }

    /// The compiled form of these bytes, if it is here and whole.
    fn get(&self, engine: &Engine, key: &str) -> Option<Component> {
        let file = std::fs::read(self.folder.join(key)).ok()?;
        let (code, digest) = file.split_last_chunk::<32>()?;
        if Sha256::digest(code)[..] != digest[..] {
            return None;
        }
        // SAFETY: only we write to this folder (checked by `open`), and the digest says that these are the bytes which
        // `put` took from this version's `serialize`. Wasmtime itself refuses those of another engine.
        unsafe { Component::deserialize(engine, code) }.ok()
    }

    /// Keeps a compiled component; a reader never sees half of it.
    fn put(&self, key: &str, component: &Component) -> Result<(), String> {
        let mut file = component.serialize().map_err(|error| error.to_string())?;
        let digest = Sha256::digest(&file);
        file.extend_from_slice(&digest);
        let write = || -> std::io::Result<()> {
            let mut new = tempfile::NamedTempFile::new_in(&self.folder)?;
            std::io::Write::write_all(&mut new, &file)?;
            new.persist(self.folder.join(key))?;
            Ok(())
        };
        write().map_err(|error| error.to_string())
    }
}

/// Compiles a component, or takes it from the cache.
pub(crate) fn compile(
    engine: &Engine,
    bytes: &[u8],
    cache: Option<&Cache>,
) -> wasmtime::Result<Component> {
    let Some(cache) = cache else { return Component::new(engine, bytes) };
    let key = key(engine, bytes);
    if let Some(component) = cache.get(engine, &key) {
        return Ok(component);
    }
    let component = Component::new(engine, bytes)?;
    if let Err(error) = cache.put(&key, &component) {
        tracing::warn!(%error, folder = %cache.folder.display(), "a compiled component could not be kept");
    }
    Ok(component)
}

/// Names what a compiled form depends on: the component, the engine's settings and compiler, and our own version.
fn key(engine: &Engine, bytes: &[u8]) -> String {
    let mut compatibility = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut compatibility);
    let mut hash = Sha256::new();
    hash.update(bytes);
    hash.update(compatibility.finish().to_le_bytes());
    hash.update(env!("CARGO_PKG_VERSION"));
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>() + ".cwasm"
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// `(component)`: the magic number, and a component's version and layer.
    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

    fn engine() -> Engine {
        new(&Limits::default(), 2).unwrap()
    }

    fn cached(folder: &Path) -> Vec<PathBuf> {
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    #[test]
    fn a_compiled_component_is_kept_and_taken() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, cache) = (engine(), Cache::open(folder.path()).unwrap());
        let wasm = EMPTY;
        assert!(cache.get(&engine, &key(&engine, wasm)).is_none());
        compile(&engine, wasm, Some(&cache)).unwrap();
        assert_eq!(cached(folder.path()), [folder.path().join(key(&engine, wasm))]);
        assert!(cache.get(&engine, &key(&engine, wasm)).is_some());
    }

    #[test]
    fn a_damaged_or_foreign_file_is_compiled_anew() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, cache) = (engine(), Cache::open(folder.path()).unwrap());
        compile(&engine, EMPTY, Some(&cache)).unwrap();
        let path = cached(folder.path()).remove(0);
        let good = std::fs::read(&path).unwrap();
        let mut flipped = good.clone();
        flipped[good.len() / 2] ^= 1;
        for bad in [
            &b""[..],
            b"not compiled code, but longer than thirty-two bytes",
            &good[..good.len() / 2],
            &flipped,
        ] {
            std::fs::write(&path, bad).unwrap();
            assert!(cache.get(&engine, &key(&engine, EMPTY)).is_none());
            compile(&engine, EMPTY, Some(&cache)).unwrap();
            assert_eq!(std::fs::read(&path).unwrap().len(), good.len());
            assert!(cache.get(&engine, &key(&engine, EMPTY)).is_some());
        }
    }

    #[test]
    fn a_folder_that_others_may_write_to_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        assert!(Cache::open(folder.path()).is_err());
        assert!(Cache::open(&folder.path().join("new/below")).is_ok());
    }
}
