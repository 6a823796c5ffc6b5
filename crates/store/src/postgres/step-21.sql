-- Pictures of agents, each at one site: as their names are, which one person may choose differently for each of their sites. So
-- no team sees a face that was meant for another, and what a site has is removed with it.
CREATE TABLE pictures (
    site BIGINT NOT NULL REFERENCES sites,
    agent TEXT NOT NULL REFERENCES agents ON DELETE CASCADE,
    -- Of the bytes, which its address has.
    id TEXT NOT NULL,
    -- A PNG that the server has made.
    bytes BYTEA NOT NULL,
    PRIMARY KEY (site, agent)
);
CREATE INDEX pictures_by_id ON pictures (site, id);
-- By which rows are deleted with their agents.
CREATE INDEX pictures_of_agent ON pictures (agent);
