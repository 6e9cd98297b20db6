package io.cairn.engine.transport;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class DriverDirectoryTest {
    @Test
    void shouldBeTheSameAtEveryStartAndAnotherForEveryMember(@TempDir final Path memory) {
        final Path one = DriverDirectory.of(Path.of("/data/one"), memory);
        assertTrue(one.startsWith(memory), one.toString());
        assertEquals(one, DriverDirectory.of(Path.of("/data/other/../one"), memory));
        assertNotEquals(one, DriverDirectory.of(Path.of("/data/two"), memory));
    }

    @Test
    void shouldBeBelowTheDataWhereThereIsNoFileSystemInMemory(@TempDir final Path dir) {
        assertEquals(dir.resolve("aeron"), DriverDirectory.of(dir, dir.resolve("nowhere")));
    }
}
