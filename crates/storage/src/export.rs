//! The desired state for people who apply it by other means: a script for AWS's command line, Terraform, CloudFormation.
//! Each writes out the same documents that `apply` sets.

mod aws_cli;
mod cloudformation;
mod terraform;

use crate::desired::Desired;

/// By what means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A shell script of `aws` commands; it may be run again.
    AwsCli,
    /// HCL for the provider `hashicorp/aws`, version 5 or newer.
    Terraform,
    /// A template in JSON.
    CloudFormation,
}

/// Writes the desired state out. Access keys are made by the script alone: in the other formats the secret would end up in
/// a state file or an output.
pub fn export(desired: &Desired, region: &str, format: Format) -> String {
    match format {
        Format::AwsCli => aws_cli::script(desired, region),
        Format::Terraform => terraform::module(desired, region),
        Format::CloudFormation => cloudformation::template(desired),
    }
}
