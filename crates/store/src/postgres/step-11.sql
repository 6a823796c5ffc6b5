-- Trials: sites of their own, in which an admin tries a bot's flow. `site` is negative, see tables/trials.rs.
CREATE TABLE trials (
    site BIGINT PRIMARY KEY REFERENCES sites,
    trial_of BIGINT NOT NULL REFERENCES sites,
    -- Who tries which bot. Either may be removed before the trial ends.
    agent TEXT NOT NULL,
    bot TEXT NOT NULL,
    -- In steady time. From then on the trial is to be removed.
    ends_at BIGINT NOT NULL
);
