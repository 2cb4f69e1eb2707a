//! Who acts.

use std::net::IpAddr;

use wire::{ActorKind, Role, TenantId, UserId};

use crate::accounts::Caller;

/// Where a call came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The caller's address.
    pub(crate) address: Option<IpAddr>,
    /// The request's name in the log.
    pub(crate) request_id: Option<String>,
}

/// Who acts, as an event keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Actor {
    pub(crate) kind: ActorKind,
    pub(crate) user: Option<UserId>,
    pub(crate) role: Option<Role>,
    /// The user's own tenant.
    pub(crate) tenant: Option<TenantId>,
    pub(crate) origin: Origin,
}

impl Actor {
    /// The server by itself.
    pub(crate) fn server() -> Self {
        Self::nobody(ActorKind::Server)
    }

    /// The server, by what it was told in a call from there.
    pub(crate) fn server_told(origin: Origin) -> Self {
        Self {
            origin,
            ..Self::server()
        }
    }

    /// Somebody at the server's machine.
    pub(crate) fn operator() -> Self {
        Self::nobody(ActorKind::Operator)
    }

    /// A user.
    pub(crate) fn user(user: &UserId, tenant: &TenantId, role: Role, origin: Origin) -> Self {
        Self {
            kind: ActorKind::User,
            user: Some(user.clone()),
            role: Some(role),
            tenant: Some(tenant.clone()),
            origin,
        }
    }

    fn nobody(kind: ActorKind) -> Self {
        Self {
            kind,
            user: None,
            role: None,
            tenant: None,
            origin: Origin::default(),
        }
    }
}

impl Caller {
    /// The caller, as an event keeps them. The sweep acts for owners, but it is the server that acts.
    pub(crate) fn actor(&self) -> Actor {
        if self.is_server {
            return Actor::server();
        }
        Actor::user(&self.user, &self.tenant, self.role, self.origin.clone())
    }
}
