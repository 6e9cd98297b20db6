package io.cairn.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cairn.wal.layout.RecordDescriptor;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReadAheadTest
{
    private static final int RUN_LENGTH = 2048;
    private static final int LONG_SEGMENT_BYTES = 8 << 20;
    private static final int LONG_LENGTH = 8000;

    @TempDir
    Path dir;
    private LogFixture fixture;
    private WriteAheadLog log;

    @AfterEach
    void close()
    {
        log.close();
    }

    private void open(final int segmentBytes, final boolean inline)
    {
        fixture = new LogFixture(dir);
        log = new WriteAheadLog(fixture.context().segmentBytes(segmentBytes).prepareInline(inline).conclude());
        fixture.log = log;
    }

    private long appendUntilSegment(final int count, final int length)
    {
        long index = 0;
        long lastSegment = 0;
        int begun = 0;
        try (LogCursor cursor = log.newCursor())
        {
            while (begun < count)
            {
                final long result = fixture.append(RecordDescriptor.COMMAND, index + 1, 1, length);
                if (result == WriteAheadLog.NOT_READY)
                {
                    log.allocator().doWork();
                    continue;
                }
                index = result;
                log.publish();
                assertTrue(cursor.next());
                begun += cursor.segmentId() == lastSegment ? 0 : 1;
                lastSegment = cursor.segmentId();
            }
        }
        return index;
    }

    @Test
    void shouldHaveOldEntriesBroughtInBeforeTheyAreCalledAtHandSegmentBySegment()
    {
        open(LogFixture.SEGMENT_BYTES, false);
        appendUntilSegment(4, 200);
        try (LogCursor cursor = log.newCursor())
        {
            assertTrue(cursor.isAtHand(RUN_LENGTH), "nobody can tell before it holds a segment");
            assertTrue(cursor.next());
            assertFalse(cursor.isAtHand(RUN_LENGTH));
            log.allocator().doWork();
            assertTrue(cursor.isAtHand(RUN_LENGTH));
            final long first = cursor.segmentId();
            final Segment held = cursor.pinned();
            while (cursor.nextIndex() <= held.lastIndex())
            {
                assertTrue(cursor.isAtHand(RUN_LENGTH), "the whole segment was touched");
                assertTrue(cursor.next());
            }
            assertEquals(first, cursor.segmentId());
            assertFalse(cursor.isAtHand(RUN_LENGTH), "the next one was not");
            log.allocator().doWork();
            assertTrue(cursor.isAtHand(RUN_LENGTH));
            assertTrue(cursor.next());
            assertTrue(cursor.isAtHand(RUN_LENGTH));
        }
    }

    @Test
    void shouldTouchAWindowAheadAndGoOnAsItIsRead()
    {
        open(LONG_SEGMENT_BYTES, false);
        appendUntilSegment(3, LONG_LENGTH);
        try (LogCursor cursor = log.newCursor())
        {
            assertTrue(cursor.next());
            int waits = 0;
            while (cursor.nextIndex() <= cursor.pinned().lastIndex())
            {
                if (!cursor.isAtHand(LONG_LENGTH * 2))
                {
                    waits++;
                    assertEquals(1, cursor.touchAhead());
                    assertTrue(cursor.isAtHand(LONG_LENGTH * 2));
                }
                assertTrue(cursor.next());
            }
            assertEquals(8, waits, "a MiB at a time");
        }
        try (LogCursor cursor = log.newCursor())
        {
            assertTrue(cursor.next());
            assertFalse(cursor.isAtHand(LONG_LENGTH));
            int touched = 0;
            while (cursor.touchAhead() > 0)
            {
                touched++;
            }
            assertEquals(ReadAhead.WINDOW_LENGTH >> 20, touched, "no further than the window");
            assertTrue(cursor.isAtHand(ReadAhead.WINDOW_LENGTH * 2), "who wants more than that waits for no more than that");
        }
    }

    @Test
    void shouldNeverKeepWaitingWhoFollowsTheEndOfTheLog()
    {
        open(LogFixture.SEGMENT_BYTES, false);
        final long last = appendUntilSegment(3, 200);
        try (LogCursor cursor = log.newCursor())
        {
            assertTrue(cursor.seek(last - 3));
            while (cursor.next())
            {
                assertTrue(cursor.isAtHand(RUN_LENGTH));
            }
            assertEquals(last + 1, cursor.nextIndex());
            assertTrue(cursor.isAtHand(RUN_LENGTH));
        }
    }

    @Test
    void shouldSayThatAllIsAtHandWhereNobodyDrivesTheAllocator()
    {
        open(LogFixture.SEGMENT_BYTES, true);
        appendUntilSegment(4, 200);
        try (LogCursor cursor = log.newCursor())
        {
            assertTrue(cursor.next());
            assertTrue(cursor.isAtHand(RUN_LENGTH));
        }
    }

    @Test
    void shouldKeepNobodyWaitingForASegmentThatWasLetGo()
    {
        open(LogFixture.SEGMENT_BYTES, false);
        final long last = appendUntilSegment(4, 200);
        try (LogCursor cursor = log.newCursor())
        {
            assertTrue(cursor.next());
            final Segment held = cursor.pinned();
            while (cursor.nextIndex() <= held.lastIndex())
            {
                assertTrue(cursor.next());
            }
            assertFalse(cursor.isAtHand(RUN_LENGTH));
            log.force();
            log.releasePrefix(last);
            assertTrue(held.next().isRetired());
            log.allocator().doWork();
            assertTrue(cursor.isAtHand(RUN_LENGTH));
            assertFalse(cursor.next());
            assertTrue(cursor.isCompacted());
        }
    }
}
