package io.cairn.engine.raft;

/**
 * An entry of a test's log.
 *
 * @param term       of its leader.
 * @param value      what it says; 0 for the empty entry of a term.
 * @param membership null unless it is a configuration.
 */
record Entry(long term, long value, Membership membership) {
    @Override
    public String toString() {
        return null != membership ? term + ":" + membership : term + ":" + value;
    }
}
