//! What components may import, and what of it a component asks for in vain.

use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, HasSelf, Linker};

use crate::call::CallState;

/// For people: the rule that `is_available` follows.
pub(crate) const AVAILABLE: &str = "wasi:{cli,clocks,filesystem,http,io,random,sockets}@0.2, spin:postgres/postgres@4.0.0 and fermyon:spin/variables@2.0.0";

wasmtime::component::bindgen!({
    path: "wit",
    world: "spindle:host/imports",
    imports: {
        "fermyon:spin/variables@2.0.0.get": trappable,
        default: async | trappable,
    },
    with: {
        "spin:postgres/postgres.connection": crate::postgres::Connection,
    },
});

pub(crate) use fermyon::spin::variables;
pub(crate) use spin::postgres::postgres;

/// A linker with everything that is available.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<CallState>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    variables::add_to_linker::<_, HasSelf<CallState>>(&mut linker, |state| state)?;
    postgres::add_to_linker::<_, HasSelf<CallState>>(&mut linker, |state| state)?;
    Ok(linker)
}

/// The imports of a component that are not available, by name.
pub(crate) fn unavailable(component: &Component) -> Vec<String> {
    let component_type = component.component_type();
    let imports = component_type.imports(component.engine());
    imports
        .filter(|(name, import)| {
            !is_available(name) && !is_types_alone(&import.ty, component.engine())
        })
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// Whether there is nothing to provide: an exported interface that takes its types from another has the component
/// import that one (`spindle:kafka/types`).
fn is_types_alone(import: &ComponentItem, engine: &Engine) -> bool {
    let ComponentItem::ComponentInstance(interface) = import else { return false };
    interface.exports(engine).all(|(_, export)| matches!(export.ty, ComponentItem::Type(_)))
}

/// Any 0.2.x of WASI: they are compatible, and the linker still checks each function.
fn is_available(import: &str) -> bool {
    const WASI: [&str; 7] = ["cli", "clocks", "filesystem", "http", "io", "random", "sockets"];
    if let Some((interface, version)) =
        import.strip_prefix("wasi:").and_then(|name| name.split_once('@'))
    {
        let package = interface.split('/').next().unwrap_or_default();
        return WASI.contains(&package) && version.starts_with("0.2.") && !version.contains('-');
    }
    ["spin:postgres/postgres@4.0.0", "fermyon:spin/variables@2.0.0"].contains(&import)
}

impl variables::Host for CallState {
    fn get(&mut self, name: String) -> wasmtime::Result<Result<String, variables::Error>> {
        if !crate::variables::is_variable_name(&name) {
            return Ok(Err(variables::Error::InvalidName(name)));
        }
        Ok(self.shared.variables.get(&name).cloned().ok_or(variables::Error::Undefined(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_imports_are_available() {
        for name in [
            "wasi:io/poll@0.2.0",
            "wasi:http/outgoing-handler@0.2.6",
            "wasi:cli/stderr@0.2.12",
            "spin:postgres/postgres@4.0.0",
            "fermyon:spin/variables@2.0.0",
        ] {
            assert!(is_available(name), "{name}");
        }
        for name in [
            "wasi:http/types@0.2.0-rc-2023-11-10",
            "wasi:http/types@0.3.0",
            "wasi:keyvalue/store@0.2.0-draft2",
            "wasi:io/poll",
            "spin:postgres/postgres@3.0.0",
            "fermyon:spin/key-value@2.0.0",
            "run",
            "fermyon:spin/variables",
        ] {
            assert!(!is_available(name), "{name}");
        }
    }
}
