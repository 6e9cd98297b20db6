package io.cairn.engine.raft;

/**
 * The terms of the entries that an AppendEntries message brings, in order. A flyweight over the message in production.
 */
public interface EntryTerms {
    /** No entries: a heartbeat. */
    EntryTerms NONE = new EntryTerms() {
        @Override
        public int count() {
            return 0;
        }

        @Override
        public long term(final int position) {
            throw new IndexOutOfBoundsException("a heartbeat has no entries");
        }
    };

    /** @return number of entries. */
    int count();

    /**
     * @param position 0 to {@link #count()} − 1.
     * @return the term of that entry.
     */
    long term(int position);
}
