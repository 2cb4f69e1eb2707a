// What `cargo xtask bench server` measures ours against: the same two calls on the same schema, as a service of Express
// and pg is written. It checks the token and the sign-in, keeps tenants apart by the same policies, writes the same rows and
// the same audit events, notes a claim before it asks the store, and answers when PostgreSQL has made it durable.

import { randomUUID } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';

import { HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import express from 'express';
import jwt from 'jsonwebtoken';
import pg from 'pg';

const { DATABASE_URL, DATABASE_CONNECTIONS, JWT_SECRET, AWS_S3_BUCKET_NAME, AWS_ENDPOINT_URL_S3 } = process.env;
const TICKET_SECONDS = 3600;

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: Number(DATABASE_CONNECTIONS) });
const agent = { keepAlive: true, maxSockets: 100 };
const s3 = new S3Client({
  endpoint: AWS_ENDPOINT_URL_S3,
  forcePathStyle: true,
  requestChecksumCalculation: 'WHEN_REQUIRED',
  requestHandler: { httpAgent: new http.Agent(agent), httpsAgent: new https.Agent(agent) },
});

class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Runs statements as the tenant, together or not at all. */
async function asTenant(tenant, work) {
  const client = await pool.connect();
  try {
    const literal = client.escapeLiteral(tenant);
    await client.query(`BEGIN; SELECT set_config('app.tenant', ${literal}, true)`);
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

const statement = (name, text) => (client, values) => client.query({ name, text, values });

const roleOf = statement(
  'role',
  `SELECT u.role FROM users u JOIN session_families f ON f.user_id = u.id
   WHERE u.tenant_id = $1 AND u.id = $2 AND f.id = $3 AND u.disabled_at IS NULL AND f.revoked_at IS NULL`,
);
const addRecording = statement(
  'add',
  `INSERT INTO recordings (tenant_id, id, user_id, task_id, filename, content_type, s3_key, status, ticket_seconds,
     write_once, created_at, active_at, tickets_until)
   VALUES ($1, $2, $3, $4, $5, $6, $7, 'PENDING', $8, 0, $9, $9, $10)`,
);
const addEvent = statement(
  'event',
  `INSERT INTO audit_events (tenant_id, id, at, actor_kind, actor_id, actor_role, address, request_id, action,
     recording_id, outcome, detail)
   VALUES ($1, $2, $3, 'user', $4, $5, $6, $7, $8, $9, 'done', $10)`,
);
const findRecording = statement('find', 'SELECT * FROM recordings WHERE tenant_id = $1 AND id = $2');
const noteClaim = statement(
  'claim',
  `UPDATE recordings SET claim = $3, claimed_at = $4 WHERE tenant_id = $1 AND id = $2 AND status = 'PENDING'`,
);
const complete = statement(
  'complete',
  `UPDATE recordings SET status = 'COMPLETE', size = $3, duration = $4, etag = $5, version_id = $6, completed_at = $7,
     claim = NULL, claimed_at = NULL,
     kept_until = (SELECT $7 + retention_days * 86400000 FROM tenants WHERE id = $1)
   WHERE tenant_id = $1 AND id = $2 AND status = 'PENDING' RETURNING *`,
);

function signedIn(request, _response, next) {
  const [, token] = (request.headers.authorization ?? '').split(' ');
  try {
    request.claims = jwt.verify(token, JWT_SECRET, {
      algorithms: ['HS256'],
      issuer: 'revui-server',
      audience: 'revui-api',
    });
    next();
  } catch {
    next(new Refusal(401, 'sign in first'));
  }
}

async function requireRole(client, { tenantId, sub, sid }) {
  const { rows } = await roleOf(client, [tenantId, sub, sid]);
  if (rows.length === 0) throw new Refusal(401, 'sign in first');
  return rows[0].role;
}

function noteEvent(client, request, role, action, recordingId, detail, now) {
  const { tenantId, sub } = request.claims;
  const values = [tenantId, randomUUID(), now, sub, role, request.ip, randomUUID(), action, recordingId];
  return addEvent(client, [...values, JSON.stringify(detail)]);
}

const text = (value) => typeof value === 'string' && value.length > 0 && value.length <= 255;

async function initiate(request, response) {
  const { taskId, filename, contentType = 'video/webm' } = request.body ?? {};
  if (!text(filename) || !/^[A-Za-z0-9_-]{1,128}$/.test(taskId)) throw new Refusal(400, 'the request is not valid');
  const { tenantId, sub } = request.claims;
  const now = Date.now();
  const id = randomUUID();
  const name = filename.toLowerCase().replace(/[^a-z0-9._-]/g, '_').slice(-200);
  const key = `${tenantId}/${taskId}/${sub}/${now}_${name}`;
  const order = new PutObjectCommand({ Bucket: AWS_S3_BUCKET_NAME, Key: key, ContentType: contentType });
  const uploadUrl = await getSignedUrl(s3, order, { expiresIn: TICKET_SECONDS });
  await asTenant(tenantId, async (client) => {
    const role = await requireRole(client, request.claims);
    const until = now + TICKET_SECONDS * 1000;
    await addRecording(client, [tenantId, id, sub, taskId, filename, contentType, key, TICKET_SECONDS, now, until]);
    await noteEvent(client, request, role, 'recording.initiate', id, { s3Key: key }, now);
  });
  response
    .status(201)
    .json({ recordingId: id, uploadUrl, s3Key: key, expiresIn: TICKET_SECONDS, uploadStatus: 'PENDING' });
}

async function finish(request, response) {
  const { s3Key, fileSize, duration } = request.body ?? {};
  if (!text(s3Key) || !Number.isInteger(fileSize) || fileSize < 1) throw new Refusal(400, 'the request is not valid');
  const { tenantId, sub } = request.claims;
  const { id } = request.params;
  const role = await asTenant(tenantId, async (client) => {
    const role = await requireRole(client, request.claims);
    const { rows } = await findRecording(client, [tenantId, id]);
    if (rows.length === 0 || rows[0].user_id !== sub) throw new Refusal(404, 'Recording not found');
    if (rows[0].s3_key !== s3Key) throw new Refusal(400, 'not the key that was handed out');
    await noteClaim(client, [tenantId, id, JSON.stringify({ fileSize, duration }), Date.now()]);
    return role;
  });
  const head = await s3.send(new HeadObjectCommand({ Bucket: AWS_S3_BUCKET_NAME, Key: s3Key }));
  if (head.ContentLength !== fileSize) throw new Refusal(409, 'the size is another');
  const row = await asTenant(tenantId, async (client) => {
    const now = Date.now();
    const values = [tenantId, id, fileSize, duration ?? null, head.ETag, head.VersionId ?? null, now];
    const { rows } = await complete(client, values);
    if (rows.length === 0) throw new Refusal(409, 'Recording is already COMPLETE');
    await noteEvent(client, request, role, 'recording.complete', id, { size: fileSize }, now);
    return rows[0];
  });
  response.json({
    id: row.id,
    s3Key: row.s3_key,
    fileSize: row.size,
    duration: Number(row.duration),
    uploadStatus: row.status,
    completedAt: new Date(Number(row.completed_at)).toISOString(),
  });
}

const app = express();
app.use(express.json());
app.post('/api/recordings/initiate', signedIn, initiate);
app.post('/api/recordings/:id/complete', signedIn, finish);
app.use((error, _request, response, _next) => {
  const status = error.status ?? 500;
  response.status(status).json({ statusCode: status, message: error.message });
});
// No connection is ended under a client that is about to use it.
const listener = app.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${listener.address().port}`));
listener.keepAliveTimeout = 120_000;
