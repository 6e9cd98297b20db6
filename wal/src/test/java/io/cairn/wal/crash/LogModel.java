package io.cairn.wal.crash;

import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What a log must hold, kept beside it in plain lists: what was appended, published and forced, and the operation that is under way, whose effect may
 * or may not be there after a crash.
 */
final class LogModel
{
    static final long NONE = Long.MIN_VALUE;

    /** One entry. The salt is unique to one append, so that an entry that was truncated never equals the one that took its index. */
    record Entry(long index, long term, int type, int flags, long timestampMs, int length, long salt)
    {
        void payload(final UnsafeBuffer dst)
        {
            long state = salt * 0x9E37_79B9_7F4A_7C15L + index;
            for (int i = 0; i < length; i++)
            {
                state = state * 6364136223846793005L + 1442695040888963407L;
                dst.putByte(i, (byte)(state >>> 56));
            }
        }
    }

    /** The state that a reset leads to. */
    record Reset(long index, long term)
    {
    }

    private final List<Entry> entries = new ArrayList<>();
    private long baseIndex;
    private long baseTerm;
    private long firstIndex = 1;
    private long publishedIndex;
    private long forcedIndex;
    private long term = 1;
    private long salt = 1;
    private long stableTerm;
    private int stableVote = -1;

    private long truncatingFrom = NONE;
    private long releasingBelow = NONE;
    private Reset resetting;
    private long storingTerm = NONE;
    private int storingVote;

    LogModel copy()
    {
        final LogModel copy = new LogModel();
        copy.entries.addAll(entries);
        copy.baseIndex = baseIndex;
        copy.baseTerm = baseTerm;
        copy.firstIndex = firstIndex;
        copy.publishedIndex = publishedIndex;
        copy.forcedIndex = forcedIndex;
        copy.term = term;
        copy.salt = salt + 1_000_000;
        copy.stableTerm = stableTerm;
        copy.stableVote = stableVote;
        copy.truncatingFrom = truncatingFrom;
        copy.releasingBelow = releasingBelow;
        copy.resetting = resetting;
        copy.storingTerm = storingTerm;
        copy.storingVote = storingVote;
        return copy;
    }

    // ---------------------------------------------------------------- what was done

    Entry nextEntry(final int type, final int length)
    {
        final long index = lastIndex() + 1;
        return new Entry(index, term, type, (int)(index & 0x3), 1_000 + index, length, salt++);
    }

    void nextTerm()
    {
        term++;
    }

    long term()
    {
        return term;
    }

    void appended(final Entry entry)
    {
        entries.add(entry);
    }

    void refused()
    {
        entries.remove(entries.size() - 1);
    }

    void published()
    {
        publishedIndex = lastIndex();
    }

    void forced()
    {
        forcedIndex = publishedIndex;
    }

    void forcedUpTo(final long index)
    {
        forcedIndex = index;
    }

    void truncating(final long fromIndex)
    {
        truncatingFrom = fromIndex;
    }

    void truncated()
    {
        cutAfter(truncatingFrom - 1);
        truncatingFrom = NONE;
    }

    void releasing(final long belowIndex)
    {
        releasingBelow = belowIndex;
    }

    void released(final long first)
    {
        firstIndex = first;
        releasingBelow = NONE;
    }

    void resetting(final long index, final long resetTerm)
    {
        resetting = new Reset(index, resetTerm);
    }

    void reset()
    {
        entries.clear();
        baseIndex = resetting.index();
        baseTerm = resetting.term();
        firstIndex = baseIndex + 1;
        publishedIndex = baseIndex;
        forcedIndex = baseIndex;
        term = Math.max(term, baseTerm);
        resetting = null;
    }

    void storing(final long promisedTerm, final int vote)
    {
        storingTerm = promisedTerm;
        storingVote = vote;
    }

    void stored()
    {
        stableTerm = storingTerm;
        stableVote = storingVote;
        storingTerm = NONE;
    }

    /** The truth after a crash, once it was checked: what was under way has happened or not. */
    void adopt(
        final long first, final long last, final long lastTerm, final long durable, final long promisedTerm, final int vote)
    {
        if (isResetState(first, last, lastTerm))
        {
            reset();
        }
        resetting = null;
        cutAfter(last);
        firstIndex = first;
        publishedIndex = last;
        forcedIndex = durable;
        truncatingFrom = NONE;
        releasingBelow = NONE;
        storingTerm = NONE;
        stableTerm = promisedTerm;
        stableVote = vote;
    }

    // ---------------------------------------------------------------- what must hold

    /** Is an operation under way that gives the log another end? */
    boolean isUnderWay()
    {
        return truncatingFrom != NONE || resetting != null;
    }

    long lastIndex()
    {
        return baseIndex + entries.size();
    }

    long firstIndex()
    {
        return firstIndex;
    }

    long forcedIndex()
    {
        return forcedIndex;
    }

    long publishedIndex()
    {
        return publishedIndex;
    }

    long stableTerm()
    {
        return stableTerm;
    }

    int stableVote()
    {
        return stableVote;
    }

    Entry entry(final long index)
    {
        return index > baseIndex && index <= lastIndex() ? entries.get((int)(index - baseIndex - 1)) : null;
    }

    long termAt(final long index)
    {
        return index == baseIndex ? baseTerm : entry(index).term();
    }

    boolean knowsTerm(final long index)
    {
        return index == baseIndex || entry(index) != null;
    }

    boolean isResetState(final long first, final long last, final long lastTerm)
    {
        return resetting != null && last == resetting.index() && first == last + 1 && lastTerm == resetting.term();
    }

    /** Why these ends of the log are wrong, or null. */
    String judgeEnds(final long first, final long last, final boolean processOnly)
    {
        final long mustHave = processOnly ? Math.max(forcedIndex, publishedIndex) : forcedIndex;
        if (last > lastIndex())
        {
            return "the last index is " + last + ", yet only " + lastIndex() + " was appended";
        }
        final boolean cut = truncatingFrom != NONE && last == truncatingFrom - 1;
        if (last < mustHave && !cut)
        {
            return "the last index is " + last + ", yet " + mustHave + (processOnly ? " was published" : " was forced") + " (" +
                (truncatingFrom == NONE ? "no truncation" : "truncation from " + truncatingFrom) + " under way)";
        }
        final long firstMax = releasingBelow == NONE ? firstIndex : Math.max(firstIndex, releasingBelow);
        if (first < firstIndex || first > firstMax)
        {
            return "the first index is " + first + ", expected " + firstIndex + (releasingBelow == NONE ? "" : " to " + firstMax);
        }
        return null;
    }

    boolean acceptsStable(final long promisedTerm, final int vote)
    {
        return promisedTerm == stableTerm && vote == stableVote ||
            storingTerm != NONE && promisedTerm == storingTerm && vote == storingVote;
    }

    @Override
    public String toString()
    {
        return "model first=" + firstIndex + " forced=" + forcedIndex + " published=" + publishedIndex + " last=" + lastIndex() + " term=" + term +
            (truncatingFrom == NONE ? "" : " truncatingFrom=" + truncatingFrom) +
            (releasingBelow == NONE ? "" : " releasingBelow=" + releasingBelow) +
            (resetting == null ? "" : " resetting=" + resetting) +
            " stable=" + stableTerm + "/" + stableVote + (storingTerm == NONE ? "" : " storing=" + storingTerm + "/" + storingVote);
    }

    private void cutAfter(final long index)
    {
        while (lastIndex() > index && !entries.isEmpty())
        {
            entries.remove(entries.size() - 1);
        }
        publishedIndex = Math.min(publishedIndex, index);
        forcedIndex = Math.min(forcedIndex, index);
    }
}
