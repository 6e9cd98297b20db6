package io.cairn.engine.raft;

import java.util.List;

/**
 * A message on the network, with the entries it brings.
 *
 * @param message a copy of what was filled.
 * @param entries empty unless it is an AppendEntries.
 */
record Packet(Message message, List<Entry> entries) implements EntryTerms {
    @Override
    public int count() {
        return entries.size();
    }

    @Override
    public long term(final int position) {
        return entries.get(position).term();
    }

    @Override
    public String toString() {
        return message + (entries.isEmpty() ? "" : " " + entries);
    }
}
