// An identity provider for tests: oidc-provider on the loopback, with a form for signing in that takes any name. What
// somebody is, their name says: `ada.admins` is `ada` in the group `admins`.
//
// It prints its issuer once it listens. `/control/…` is for tests: other keys, tokens that are about to expire, and what
// was asked of it.

import { createServer } from 'node:http'
import { createHash, createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { Provider } from 'oidc-provider'
import MemoryAdapter from 'oidc-provider/lib/adapters/memory_adapter.js'

const [audience, port = '0'] = process.argv.slice(2)
const CLIENT = 'revui'
const SCOPES = 'openid profile email offline_access'

const keys = [newKey()]
const cookieKeys = [randomBytes(32).toString('base64url')]
/** By how many seconds the next access tokens have expired already. */
let expiredSeconds = 0
const counts = { refreshed: 0, revoked: 0, keys: 0 }

function newKey() {
  // By way of a text: a key that was just made can lock itself up in Node 20 while it is exported.
  const privateKeyEncoding = { type: 'pkcs8', format: 'pem' }
  const publicKeyEncoding = { type: 'spki', format: 'pem' }
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding, publicKeyEncoding })
  const jwk = createPrivateKey(pair.privateKey).export({ format: 'jwk' })
  const kid = createHash('sha256').update(jwk.n).digest('base64url').slice(0, 16)
  return { ...jwk, kid, use: 'sig', alg: 'RS256' }
}

/** One memory for whatever provider is made: what was given out outlives its keys. */
class Memory extends MemoryAdapter {}

function claimsOf(accountId) {
  const [person, ...groups] = accountId.split('.')
  return { sub: accountId, name: person, email: `${person}@acme.example`, groups }
}

/** Whoever signs in has agreed to everything: consent is not what is tested. */
async function grantOf(ctx) {
  const { client, session, result, provider } = ctx.oidc
  const known = result?.consent?.grantId ?? session.grantIdFor(client.clientId)
  if (known) return provider.Grant.find(known)
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
  grant.addOIDCScope(SCOPES)
  grant.addResourceScope(audience, 'upload')
  await grant.save()
  return grant
}

function configuration() {
  return {
    adapter: Memory,
    clients: [
      {
        client_id: CLIENT,
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        response_types: ['code'],
        redirect_uris: ['http://127.0.0.1/callback'],
      },
    ],
    jwks: { keys },
    cookies: { keys: cookieKeys },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => claimsOf(id) }),
    claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
    extraTokenClaims: (_ctx, token) => {
      const { name, email, groups } = claimsOf(token.accountId)
      return { name, email, groups }
    },
    loadExistingGrant: grantOf,
    interactions: { url: (_ctx, interaction) => `/sign-in/${interaction.uid}` },
    rotateRefreshToken: true,
    ttl: { AccessToken: 600, RefreshToken: 86400, DeviceCode: 600 },
    formats: {
      customizers: {
        jwt: (_ctx, _token, parts) => {
          if (expiredSeconds > 0) parts.payload.exp = parts.payload.iat - expiredSeconds
        },
      },
    },
    features: {
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'upload',
          audience,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  }
}

/** Made anew for other keys; what was given out stays in the memory that all of them share. */
function newProvider(issuer) {
  const provider = new Provider(issuer, configuration())
  provider.on('grant.success', (ctx) => {
    if (ctx.oidc.params.grant_type === 'refresh_token') counts.refreshed += 1
  })
  provider.on('grant.revoked', () => (counts.revoked += 1))
  provider.on('server_error', (_ctx, error) => console.error(error))
  return provider
}

const form = (uid) => `<!doctype html><title>Sign in</title>
<form method="post" action="/sign-in/${uid}"><input name="login" autofocus><button>Sign in</button></form>`

/** The page on which somebody says who they are; what else is asked of them is answered for them. */
async function signIn(request, response, uid) {
  const { prompt } = await provider.interactionDetails(request, response)
  if (prompt.name === 'consent') return provider.interactionFinished(request, response, { consent: {} }, { mergeWithLastSubmission: true })
  if (request.method !== 'POST') return response.setHeader('content-type', 'text/html').end(form(uid))
  const login = new URLSearchParams(await read(request)).get('login')
  const result = login === 'nobody' ? { error: 'access_denied' } : { login: { accountId: login } }
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
}

async function read(request) {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}

function control(order, value, response) {
  if (order === 'rotate') {
    // The next key signs; the one before stays published, as whoever rotates keys does it.
    keys.unshift(newKey())
    provider = newProvider(provider.issuer)
  } else if (order === 'withdraw') {
    keys.splice(1)
    provider = newProvider(provider.issuer)
  } else if (order === 'expired') {
    expiredSeconds = Number(value)
  }
  response.setHeader('content-type', 'application/json').end(JSON.stringify(counts))
}

let provider
const server = createServer(async (request, response) => {
  try {
    const [first, second, third] = new URL(request.url, provider.issuer).pathname.split('/').slice(1)
    if (first === 'control') return control(second, third, response)
    if (first === 'sign-in') return await signIn(request, response, second)
    if (first === 'jwks') counts.keys += 1
    await provider.callback()(request, response)
  } catch (error) {
    console.error(error)
    response.writeHead(500).end()
  }
})
server.listen(Number(port), '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`
  provider = newProvider(issuer)
  console.log(issuer)
})
