package io.cairn.engine.raft;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The owner of a core, as the Sequencer is in production, over a log in memory that knows what of it would survive a crash. Drives everything by
 * hand: what the Syncer would do happens when the test says so, or at once.
 */
final class Member implements RaftLog {
    private static final int BATCH_MAX = 3;

    final int id;
    final List<Entry> log = new ArrayList<>();
    final List<Long> committedValues = new ArrayList<>();
    private final Membership initial;
    private final RaftSettings settings;
    RaftCore core;
    long incarnation;
    boolean storesAtOnce = true;
    boolean forcesAtOnce = true;
    boolean running = true;
    /** There is no room for an entry of its own; those of a leader still fit. */
    boolean isFull;
    /** Nor is there for those of a leader. */
    boolean hasNoRoom;
    private long storedTerm;
    private int storedVote = RaftCore.NONE;
    private long durableIndex;
    private int generation;
    private boolean truncationDue;
    private Entry snapshotEntry = new Entry(0, 0, null);
    private Membership snapshotMembership;
    long snapshotIndex;
    private long snapshotChain;
    private long snapshotConfigurationIndex;
    private long applied;
    final Message out = new Message();
    /** Damaged entries and how; the list keeps what they were, so that a test can tell whether they come back. */
    final Map<Long, Integer> faults = new TreeMap<>();
    final Set<Long> lostTerms = new HashSet<>();
    /** What stood where something was put back, until the end of the range says whether that was right. */
    private final Map<Long, Entry> replaced = new HashMap<>();
    boolean endLost;
    long repaired;

    Member(final int id, final Membership initial, final RaftSettings settings, final long nowNs) {
        this.id = id;
        this.initial = initial;
        this.settings = settings;
        snapshotMembership = initial;
        boot(nowNs);
    }

    private void boot(final long nowNs) {
        core = new RaftCore(id, membershipAt(last()), settings, this);
        core.endLost(endLost);
        core.start(
            Math.max(storedTerm, lastTerm()),
            storedTerm >= lastTerm() ? storedVote : RaftCore.NONE,
            last(),
            lastTerm(),
            snapshotIndex,
            configurationAt(last()),
            generation,
            nowNs);
        applied = snapshotIndex;
        truncationDue = false;
    }

    /** Power fails: what was not durable is gone, as far as the test wants. */
    void crash(final long keepUnforced) {
        running = false;
        final long kept = Math.min(last(), Math.max(durableIndex, 0) + keepUnforced);
        while (last() > kept) {
            log.remove(log.size() - 1);
        }
        durableIndex = last();
    }

    /** What it promised before the test begins. */
    void preset(final long term) {
        storedTerm = term;
        storedVote = RaftCore.NONE;
    }

    void restart(final long nowNs) {
        running = true;
        boot(nowNs);
    }

    long last() {
        return snapshotIndex + log.size();
    }

    Entry entry(final long index) {
        return index == snapshotIndex ? snapshotEntry : log.get((int)(index - snapshotIndex - 1));
    }

    /** The end of a log is always known: by an entry, or by a mark. */
    private long lastTerm() {
        return entry(last()).term();
    }

    /** Something that it promised is not there now. */
    boolean isDamaged() {
        return endLost || !faults.isEmpty();
    }

    /** Rot: the record of an entry cannot be read any more. */
    void damage(final long index, final int fault, final boolean isTermLost) {
        faults.put(index, fault);
        if (isTermLost && index < last()) {
            lostTerms.add(index);
        }
        if (running) {
            core.onFaults();
        }
    }

    @Override
    public long faultyFrom(final long index) {
        for (final long fault : faults.keySet()) {
            if (fault >= index) {
                return fault;
            }
        }
        return NO_FAULT;
    }

    @Override
    public int fault(final long index) {
        return faults.getOrDefault(index, INTACT);
    }

    @Override
    public long anchorIndex(final long index) {
        long last = index;
        while (faults.containsKey(last + 1)) {
            last++;
        }
        return last;
    }

    @Override
    public long anchorChain(final long index) {
        return chain(anchorIndex(index), true);
    }

    @Override
    public long chainAt(final long index) {
        return index <= snapshotIndex || index > last() || faults.containsKey(index) ? UNKNOWN : chain(index, false);
    }

    /** Of what the log was promised to be: by (index, term), since those name an entry. */
    private long chain(final long index, final boolean isPromised) {
        long chain = snapshotChain;
        for (long i = snapshotIndex + 1; i <= index; i++) {
            final Entry entry = isPromised ? promised(i) : entry(i);
            chain = (chain * 31 + entry.term() * 7 + entry.value()) & 0x7FFF_FFFFL;
        }
        return chain & 0x7FFF_FFFFL;
    }

    /** What was promised there, whatever stands there now. */
    Entry promised(final long index) {
        return replaced.getOrDefault(index, entry(index));
    }

    private void repair(final Packet packet) {
        boolean isMismatch = false;
        long index = packet.message().logIndex;
        for (final Entry entry : packet.entries().subList(0, core.provedCount(packet.count()))) {
            if (isMismatch || !faults.containsKey(index) || faultyFrom(0) != index) {
                break;
            }
            final long known = termAt(index);
            if (UNKNOWN != known && known != entry.term()) {
                isMismatch = true;
                break;
            }
            isMismatch = !faults.containsKey(index + 1) && !(isRangeAsPromised() && entry.equals(entry(index)));
            if (isMismatch) {
                break;
            }
            replaced.put(index, entry(index));
            log.set((int)(index - snapshotIndex - 1), entry);
            faults.remove(index);
            lostTerms.remove(index);
            repaired++;
            if (!faults.containsKey(index + 1)) {
                replaced.clear();
            }
            if (null != entry.membership()) {
                core.onConfigurationRepaired(index, entry.membership());
            }
            index++;
        }
        truncationDue |= Outcome.TRUNCATE == core.onRepairWritten(isMismatch);
        if (forcesAtOnce) {
            force();
        }
    }

    /** The chain of what was put back leads to the entry behind it only if all of it is what was there. */
    private boolean isRangeAsPromised() {
        for (final Map.Entry<Long, Entry> one : replaced.entrySet()) {
            if (!entry(one.getKey()).equals(one.getValue())) {
                return false;
            }
        }
        return true;
    }

    @Override
    public long firstIndex() {
        return snapshotIndex + 1;
    }

    @Override
    public long termAt(final long index) {
        if (index < snapshotIndex || index > last()) {
            return UNKNOWN;
        }
        return lostTerms.contains(index) ? termOfNeighbours(index) : entry(index).term();
    }

    /** A term that is lost with a record's header is known all the same where it can be only one. */
    private long termOfNeighbours(final long index) {
        long before = index;
        while (lostTerms.contains(before)) {
            before--;
        }
        long behind = index;
        while (lostTerms.contains(behind)) {
            behind++;
        }
        return entry(before).term() == entry(behind).term() ? entry(before).term() : UNKNOWN;
    }

    @Override
    public long termStart(final long index) {
        long start = index;
        while (start > snapshotIndex && termAt(start - 1) == termAt(index)) {
            start--;
        }
        return start;
    }

    private Membership membershipAt(final long index) {
        final long at = configurationAt(index);
        return at > snapshotIndex ? entry(at).membership() : snapshotMembership;
    }

    private long configurationAt(final long index) {
        for (long i = index; i > snapshotIndex; i--) {
            if (null != entry(i).membership() && !faults.containsKey(i)) {
                return i;
            }
        }
        return snapshotConfigurationIndex;
    }

    /** Do what the core asks for, except what the test does by hand. */
    void settle() {
        if (!running) {
            return;
        }
        if (storesAtOnce) {
            storePromise();
        }
        if (truncationDue && storesAtOnce) {
            truncate();
        }
        if (core.isNoOpDue()) {
            if (isFull) {
                assertTrue(core.onLogFull());
            } else {
                append(0, null);
            }
        }
        final Membership due = core.configurationDue();
        if (null != due) {
            append(0, due);
        }
        if (forcesAtOnce) {
            force();
        }
        apply();
    }

    void storePromise() {
        if (core.isPromisePending()) {
            assertTrue(core.term() > storedTerm || core.term() == storedTerm && RaftCore.NONE == storedVote, "a promise regressed");
            storedTerm = core.term();
            storedVote = core.vote();
            core.onPromiseStored(storedTerm, storedVote);
        }
    }

    /** @return the index, or 0 when this member takes no commands. */
    long propose(final long value) {
        return core.acceptsCommands() ? append(value, null) : 0;
    }

    private long append(final long value, final Membership membership) {
        log.add(new Entry(core.term(), value, membership));
        core.onAppended(last());
        if (null != membership) {
            core.onConfigurationAppended(last(), membership);
        }
        if (forcesAtOnce) {
            force();
        }
        return last();
    }

    void force() {
        durableIndex = last();
        core.onDurable(durableIndex, generation);
    }

    /** A completion that comes late. */
    boolean completeForce(final long index, final int ofGeneration) {
        return core.onDurable(index, ofGeneration);
    }

    /** As its owner does by the clock. */
    void giveUpAlone() {
        truncationDue |= Outcome.TRUNCATE == core.giveUpAlone();
    }

    boolean isTruncationDue() {
        return truncationDue;
    }

    /** What a snapshot can include. */
    long applied() {
        return applied;
    }

    long durableIndex() {
        return durableIndex;
    }

    int generation() {
        return generation;
    }

    private void truncate() {
        truncationDue = false;
        final long from = core.truncateFrom();
        assertTrue(0 == snapshotIndex && from == 1 || !faults.containsKey(from - 1), "cut behind a damaged entry");
        while (last() >= from) {
            log.remove(log.size() - 1);
        }
        faults.keySet().removeIf(index -> index >= from);
        lostTerms.removeIf(index -> index >= from);
        if (!faults.containsKey(from - 1) && replaced.keySet().stream().noneMatch(index -> faults.containsKey(index + 1))) {
            replaced.clear();
        }
        durableIndex = Math.min(durableIndex, last());
        generation++;
        core.onTruncated(last(), termAt(last()), configurationAt(last()), membershipAt(last()), generation);
    }

    int receive(final Packet packet) {
        final int outcome = core.onMessage(packet.message(), packet);
        if (Outcome.APPEND == outcome && hasNoRoom) {
            core.onNoRoom(packet.message());
        } else if (Outcome.APPEND == outcome) {
            final long first = core.appendFrom();
            final long previous = packet.message().logIndex;
            for (long index = first; index <= core.appendTo(); index++) {
                log.add(packet.entries().get((int)(index - previous - 1)));
            }
            core.onEntriesAppended(last(), termAt(last()), termStart(last()));
            for (long index = first; index <= last(); index++) {
                if (null != entry(index).membership()) {
                    core.onConfigurationAppended(index, entry(index).membership());
                }
            }
        } else if (Outcome.TRUNCATE == outcome) {
            truncationDue = true;
        } else if (Outcome.REPAIR == outcome) {
            repair(packet);
        }
        if (core.isEndFound()) {
            endLost = false;
            core.endLost(false);
        }
        settle();
        return outcome;
    }

    /** The next packet for a peer, as if the network took it. */
    Packet send(final int peer) {
        if (!running || !core.fill(peer, out)) {
            return null;
        }
        out.fromIncarnation = incarnation;
        final List<Entry> entries = new ArrayList<>();
        long lastSent = out.logIndex;
        if (Message.APPEND == out.type) {
            while (lastSent < core.sendableIndex() && entries.size() < BATCH_MAX) {
                lastSent++;
                assertTrue(!faults.containsKey(lastSent), "a damaged entry is sent");
                entries.add(entry(lastSent));
            }
        }
        if (Message.FETCH_RESPONSE == out.type && Fetched.PRESENT == out.context) {
            for (long index = out.logIndex; index <= last() && !faults.containsKey(index) && entries.size() < BATCH_MAX; index++) {
                entries.add(entry(index));
            }
        }
        core.sent(out, lastSent, entries.size());
        return new Packet(new Message().copyFrom(out), entries);
    }

    /** Everything up to an index becomes a snapshot. */
    void compact(final long index) {
        final Membership membership = membershipAt(index);
        final long configurationIndex = configurationAt(index);
        final Entry last = entry(index);
        snapshotChain = chain(index, false);
        log.subList(0, (int)(index - snapshotIndex)).clear();
        snapshotMembership = membership;
        snapshotConfigurationIndex = configurationIndex;
        snapshotEntry = last;
        snapshotIndex = index;
        faults.keySet().removeIf(fault -> fault <= index);
        replaced.keySet().removeIf(at -> at <= index);
        lostTerms.removeIf(fault -> fault <= index);
    }

    /** InstallSnapshot, the way of the bytes left out. */
    void install(final Member source) {
        if (source.snapshotIndex <= core.commitIndex() && faultyFrom(0) > source.snapshotIndex) {
            return;
        }
        final long index = source.snapshotIndex;
        if (termAt(index) == source.snapshotEntry.term()) {
            compact(index);
        } else {
            if (termAt(index) == UNKNOWN && last() > index) {
                endLost = true;
                core.endLost(true);
            }
            log.clear();
            faults.clear();
            replaced.clear();
            lostTerms.clear();
            snapshotMembership = source.snapshotMembership;
            snapshotConfigurationIndex = source.snapshotConfigurationIndex;
            snapshotEntry = source.snapshotEntry;
            snapshotChain = source.snapshotChain;
            snapshotIndex = index;
            generation++;
        }
        durableIndex = Math.max(durableIndex, index);
        durableIndex = Math.min(durableIndex, last());
        committedValues.clear();
        committedValues.addAll(source.committedValues.subList(0, (int)index));
        applied = index;
        core.onSnapshotInstalled(index, last(), termAt(last()), configurationAt(last()), membershipAt(last()), generation);
        settle();
    }

    private void apply() {
        while (applied < core.commitIndex() && !faults.containsKey(applied + 1)) {
            applied++;
            while (committedValues.size() < applied) {
                committedValues.add(0L);
            }
            committedValues.set((int)applied - 1, entry(applied).term() << 32 | entry(applied).value());
        }
    }

    Membership initial() {
        return initial;
    }

    @Override
    public String toString() {
        return id + " " + core.role() + " term=" + core.term() + " commit=" + core.commitIndex() + " log=" + snapshotIndex + "+" + log +
            (faults.isEmpty() ? "" : " faults=" + faults + " lostTerms=" + lostTerms) + (endLost ? " end lost" : "") + " " + core.membership();
    }
}
