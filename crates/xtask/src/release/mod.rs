//! `cargo xtask release`: the steps of a delivery, as `.github/workflows/deliver.yml` and `roll-out.yml` call them, one by one.

mod images;
mod roll_out;
mod settled;

use anyhow::Result;
use clap::{Args, Subcommand};

/// A step.
#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    step: Step,
}

#[derive(Subcommand)]
enum Step {
    /// Build the images, and the application as a folder (target/app). Needs Docker.
    Images(Names),
    /// Say what an image is called.
    Name {
        image: String,
        #[command(flatten)]
        names: Names,
    },
    /// List what the images and the source are made of (SPDX, in target/sbom).
    Sbom(Names),
    /// Look in these lists for what is known to be vulnerable; deploy/images/grype.yaml says what fails.
    Scan,
    /// Push the images, and the application as an OCI artifact, to where this machine is logged in. Needs Docker and Spin.
    Push(Names),
    /// Deploy by Helm, try it, and go back to what was there before if it doesn't work.
    RollOut(roll_out::Options),
}

/// What images are called: `<registry>/<image>:<tag>`.
#[derive(Args)]
pub struct Names {
    /// Where they go, such as ghcr.io/somebody. Default: nowhere, they stay on this machine.
    #[arg(long, env = "SPINDLE_REGISTRY", default_value = "")]
    registry: String,

    /// Their version. What a delivery makes has the commit's, which never means another.
    #[arg(long, env = "SPINDLE_TAG", default_value = "local")]
    tag: String,
}

impl Names {
    /// Without a tag. Registries take no capitals, and GitHub's names have them.
    fn repository(&self, image: &str) -> String {
        match self.registry.trim_end_matches('/').to_lowercase().as_str() {
            "" => image.to_owned(),
            registry => format!("{registry}/{image}"),
        }
    }

    fn image(&self, image: &str) -> String {
        format!("{}:{}", self.repository(image), self.tag)
    }
}

/// Does a step.
pub fn run(options: &Options) -> Result<()> {
    match &options.step {
        Step::Images(names) => images::build(names),
        Step::Name { image, names } => {
            println!("{}", names.image(image));
            Ok(())
        }
        Step::Sbom(names) => images::list(names),
        Step::Scan => images::scan(),
        Step::Push(names) => images::push(names),
        Step::RollOut(options) => roll_out::run(options),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_has_a_registry_or_none() {
        let names = |registry: &str| Names { registry: registry.into(), tag: "1".into() };
        assert_eq!(names("").image("spindle"), "spindle:1");
        assert_eq!(names("ghcr.io/Somebody/").image("spindle"), "ghcr.io/somebody/spindle:1");
    }
}
