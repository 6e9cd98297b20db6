package io.cairn.wal;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The faulty ranges of a log, in order. Written while the log opens and by the Syncer; any thread reads: the array is replaced, never changed.
 */
final class FaultyRanges
{
    static final long NONE = Long.MAX_VALUE;

    private static final FaultyRange[] EMPTY = {};

    private volatile FaultyRange[] ranges = EMPTY;
    private volatile long first = NONE;
    private volatile long[] repairedConfigurations = {};

    /** Cheap enough to ask before each entry that is read. */
    boolean mayHold(final long index)
    {
        return index >= first;
    }

    FaultyRange find(final long index)
    {
        if (index < first)
        {
            return null;
        }
        for (final FaultyRange range : ranges)
        {
            if (index >= range.first() && index <= range.last())
            {
                return range;
            }
        }
        return null;
    }

    /** The range that holds an index, or the first one behind it. */
    FaultyRange from(final long index)
    {
        for (final FaultyRange range : ranges)
        {
            if (range.last() >= index)
            {
                return range;
            }
        }
        return null;
    }

    boolean isAnyIn(final Segment segment)
    {
        for (final FaultyRange range : ranges)
        {
            if (range.segment() == segment)
            {
                return true;
            }
        }
        return false;
    }

    FaultyRange[] all()
    {
        return ranges;
    }

    int count()
    {
        return ranges.length;
    }

    void replaceIn(final Segment segment, final List<FaultyRange> found)
    {
        final FaultyRange[] kept = Arrays.stream(ranges).filter(range -> range.segment() != segment).toArray(FaultyRange[]::new);
        final FaultyRange[] all = Arrays.copyOf(kept, kept.length + found.size());
        for (int i = 0; i < found.size(); i++)
        {
            all[kept.length + i] = found.get(i);
        }
        publish(all);
    }

    /** @param now null when nothing is left of the range. */
    void replace(final FaultyRange before, final FaultyRange now)
    {
        publish(Arrays.stream(ranges)
            .map(range -> range == before ? now : range)
            .filter(range -> range != null)
            .toArray(FaultyRange[]::new));
    }

    void removeFrom(final long index)
    {
        publish(Arrays.stream(ranges).filter(range -> range.first() < index).toArray(FaultyRange[]::new));
        repairedConfigurations = Arrays.stream(repairedConfigurations).filter(at -> at < index).toArray();
    }

    void removeBelow(final long index)
    {
        publish(Arrays.stream(ranges).filter(range -> range.last() >= index).toArray(FaultyRange[]::new));
    }

    private void publish(final FaultyRange[] all)
    {
        Arrays.sort(all, Comparator.comparingLong(FaultyRange::first));
        ranges = all;
        first = all.length == 0 ? NONE : all[0].first();
    }

    /** A configuration entry came back that the segment's index does not know of. */
    void configurationRepaired(final long index)
    {
        final long[] grown = Arrays.copyOf(repairedConfigurations, repairedConfigurations.length + 1);
        grown[grown.length - 1] = index;
        repairedConfigurations = grown;
    }

    long configurationAtOrBelow(final long index)
    {
        long found = -1;
        for (final long at : repairedConfigurations)
        {
            found = at <= index ? Math.max(found, at) : found;
        }
        return found;
    }
}
