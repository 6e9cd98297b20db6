package io.cairn.snapshot;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class SnapshotNamesTest {
    @Test
    void shouldSortByIndexWhenSortedAsText() {
        assertTrue(SnapshotNames.of(9, 1, 5).compareTo(SnapshotNames.of(10, 1, 1)) < 0);
        assertTrue(SnapshotNames.of(10, 1, 5).compareTo(SnapshotNames.of(10, 2, 1)) < 0);
        assertTrue(SnapshotNames.of(10, 1, 5).compareTo(SnapshotNames.of(10, 1, 6)) < 0);
    }

    @Test
    void shouldKnowItsOwnNamesOnly() {
        assertTrue(SnapshotNames.isSnapshot(SnapshotNames.of(Long.MAX_VALUE, 1, 2)));
        assertEquals(77, SnapshotNames.index(SnapshotNames.of(77, 1, 2)));
        final String tooLarge = "9999999999999999999-0000000001-0000000000001";
        for (final String name : new String[] {"", "a-b-c", "1-2-3", SnapshotNames.of(1, 1, 1) + ".tmp", tooLarge}) {
            assertFalse(SnapshotNames.isSnapshot(name), name);
            assertEquals(-1, SnapshotNames.index(name), name);
        }
    }

    @Test
    void shouldRefuseFileNamesThatLeaveTheDirectory() {
        for (final String name : new String[] {"a", "machine/000012.sst", ".hidden", "a..b", "MANIFEST-000005"}) {
            assertTrue(SnapshotNames.isFileName(name), name);
        }
        for (final String name : new String[] {"", "/a", "..", "a/..", "a/../b", "./a", "a b", "a\nb", "a=b", "ä", "a/", "a//b"}) {
            assertFalse(SnapshotNames.isFileName(name), name);
        }
    }
}
