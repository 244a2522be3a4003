-- What changes lock on engines that speak PostgreSQL's protocol and have no advisory locks (`database.locks = "rows"`). A
-- row stands for many names; there are never more than 65,536.
CREATE TABLE locks (
    name TEXT NOT NULL PRIMARY KEY
);
