package io.cairn.engine.client;

import java.util.Locale;

/**
 * Who answers the queries of a client of another process.
 */
public enum ReadFrom {
    /** The member that leads; the same client may send commands. */
    LEADER,
    /**
     * Any member that knows a leader, learners included; the client reads only. Reads are linearizable all the same: the member asks the leader how
     * far everything was committed, shares that question among all reads that wait, and answers once it has applied so much (dissertation §6.4).
     */
    ANY,
    /**
     * Any member, from what it has applied, confirmed by nobody: what is read may be old, by as much as that member lags, and a second read from
     * another member may be older than the first. The index in the reply says how far the member was. The client reads only.
     */
    LOCAL;

    /** @return the name, as options spell it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
