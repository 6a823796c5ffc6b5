-- Networks of blocked visitors, which are blocked, too: a hash by the site's key, and until when by the wall clock. A network that
-- no server knew is NULL until the visitor comes back.
ALTER TABLE visitors ADD COLUMN network BYTEA;
ALTER TABLE visitors ADD COLUMN network_until BIGINT;
CREATE INDEX visitors_network ON visitors (site, network) WHERE network_until IS NOT NULL;
CREATE INDEX visitors_network_until ON visitors (network_until) WHERE network_until IS NOT NULL;

-- The key of these hashes, once there was one; and until when one is blocked at most, so that most writes need not look.
ALTER TABLE sites ADD COLUMN network_key BYTEA;
ALTER TABLE sites ADD COLUMN networks_until BIGINT NOT NULL DEFAULT 0;
