package io.cairn.wal.crash;

import io.cairn.wal.ForceMethod;
import io.cairn.wal.LogCursor;
import io.cairn.wal.WalContext;
import io.cairn.wal.WalFinding;
import io.cairn.wal.WalVerifier;
import io.cairn.wal.WriteAheadLog;
import io.cairn.wal.io.SimulatedStorageIo;
import io.cairn.wal.layout.Crc32c;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Opens a log on a disk that a crash has left and judges it by the model.
 */
final class LogChecker
{
    static final Path DIR = Path.of("/node/wal");
    static final long CLUSTER_ID = 42;
    static final int PAYLOAD_MAX = 2_500;

    private final UnsafeBuffer expected = new UnsafeBuffer(new byte[PAYLOAD_MAX]);
    private final ForceMethod method;
    private final int segmentBytes;
    private final boolean inline;
    private SplittableRandom settings;
    private boolean member;

    LogChecker(final ForceMethod method, final int segmentBytes, final boolean inline)
    {
        this.method = method;
        this.segmentBytes = segmentBytes;
        this.inline = inline;
    }

    /** From now on every opening is a member's: damage is held as faulty, not refused. */
    LogChecker asMember()
    {
        member = true;
        return this;
    }

    /** From now on every opening draws its settings: a log may be opened with other ones than it was written with. */
    void drawSettings(final long seed)
    {
        settings = new SplittableRandom(seed);
    }

    private int draw(final int bound, final int otherwise)
    {
        return settings == null ? otherwise : settings.nextInt(bound);
    }

    WriteAheadLog open(final SimulatedStorageIo disk)
    {
        return new WriteAheadLog(new WalContext()
            .dir(DIR)
            .storageIo(disk)
            .segmentBytes(segmentBytes + draw(2, 0) * 16 * 1024)
            .recordBytesMax(PAYLOAD_MAX)
            .forceMethod(ForceMethod.values()[draw(3, method.ordinal())])
            .clusterId(CLUSTER_ID)
            .preTouchPages(draw(3, 1))
            .segmentsAhead(1 + draw(3, 0))
            .recycledMax(draw(4, 2))
            .prepareInline(draw(2, inline ? 1 : 0) == 1)
            .singleMember(!member)
            .epochClockMs(() -> 1_700_000_000_000L)
            .conclude());
    }

    /** What an ordinary crash leaves and recovery has been over is no damage: verification has nothing to say. */
    void verify(final SimulatedStorageIo disk)
    {
        final List<WalFinding> findings = WalVerifier.verify(disk, DIR).findings();
        if (!findings.isEmpty())
        {
            throw new AssertionError("after recovery, verification cries wolf: " + findings);
        }
    }

    /** Throws an AssertionError that says what is wrong; adopts what it found into the model otherwise. */
    void check(final WriteAheadLog log, final LogModel model, final boolean processOnly)
    {
        final long first = log.firstIndex();
        final long last = log.lastIndex();
        final long durable = WriteAheadLog.index(log.durablePosition());
        if (!model.isResetState(first, last, log.termAt(last)))
        {
            final String wrong = model.judgeEnds(first, last, processOnly);
            if (wrong != null)
            {
                throw new AssertionError(wrong + "; recovery says " + log.recovery() + " " + log.recovery().findings());
            }
            if (durable < Math.min(model.forcedIndex(), last) || durable > last)
            {
                throw new AssertionError("durable is " + durable + ", last " + last);
            }
            if (model.knowsTerm(first - 1) && log.termAt(first - 1) != model.termAt(first - 1))
            {
                throw new AssertionError("term before the first entry is " + log.termAt(first - 1) + ", expected " + model.termAt(first - 1));
            }
            checkEntries(log, model, first, last);
        }
        final long term = log.stableStore().term();
        final int vote = log.stableStore().vote();
        if (!model.acceptsStable(term, vote))
        {
            throw new AssertionError("stable store says term " + term + " vote " + vote);
        }
        model.adopt(first, last, log.termAt(last), durable, term, vote);
    }

    void checkEntries(final WriteAheadLog log, final LogModel model, final long first, final long last)
    {
        try (LogCursor cursor = log.newCursor())
        {
            if (!cursor.seek(first))
            {
                throw new AssertionError("cannot seek to the first index " + first);
            }
            for (long index = first; index <= last; index++)
            {
                if (!cursor.next())
                {
                    throw new AssertionError("the cursor ends before " + index + ", last is " + last);
                }
                checkEntry(cursor, model.entry(index), index);
                if (log.termAt(index) != cursor.term())
                {
                    throw new AssertionError("termAt(" + index + ") is " + log.termAt(index) + ", the cursor says " + cursor.term());
                }
            }
            if (cursor.next())
            {
                throw new AssertionError("the cursor goes on past " + last);
            }
        }
    }

    private void checkEntry(final LogCursor cursor, final LogModel.Entry entry, final long index)
    {
        if (entry == null)
        {
            throw new AssertionError("entry " + index + " was never appended");
        }
        if (cursor.index() != index || cursor.term() != entry.term() || cursor.type() != entry.type() || cursor.flags() != entry.flags() ||
            cursor.timestampMs() != entry.timestampMs() || cursor.payloadLength() != entry.length())
        {
            throw new AssertionError("entry is index=" + cursor.index() + " term=" + cursor.term() + " type=" + cursor.type() + " flags=" +
                cursor.flags() + " time=" + cursor.timestampMs() + " length=" + cursor.payloadLength() + ", expected " + entry);
        }
        entry.payload(expected);
        for (int i = 0; i < entry.length(); i++)
        {
            if (cursor.buffer().getByte(cursor.payloadOffset() + i) != expected.getByte(i))
            {
                throw new AssertionError("payload of " + entry + " differs at byte " + i);
            }
        }
        if (!cursor.verifyPayload() || cursor.payloadCrc() != Crc32c.compute(expected, 0, entry.length()))
        {
            throw new AssertionError("payload CRC of " + entry + " is wrong");
        }
    }
}
