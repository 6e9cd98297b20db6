package io.cairn.wal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

final class SimulatedStorageIoTest
{
    private static final Path DIR = Path.of("/disk/log");
    private static final Path FILE = DIR.resolve("a");
    private static final int SEEDS = 400;

    private final SimulatedStorageIo io = new SimulatedStorageIo(1);
    private final UnsafeBuffer bytes = new UnsafeBuffer(new byte[8192]);

    @Test
    void shouldKeepAnySubsetOfUnforcedSectorsWhenPowerIsLost()
    {
        final StorageFile file = created(4 * 512, (byte)1);
        bytes.setMemory(0, 4 * 512, (byte)2);
        file.write(0, bytes, 0, 4 * 512);
        final Set<String> states = new HashSet<>();
        for (int seed = 0; seed < SEEDS; seed++)
        {
            try (SimulatedStorageIo after = io.afterPowerLoss(seed))
            {
                final StringBuilder state = new StringBuilder();
                for (int sector = 0; sector < 4; sector++)
                {
                    final byte first = after.byteAt(FILE, sector * 512);
                    for (int i = 1; i < 512; i++)
                    {
                        assertEquals(first, after.byteAt(FILE, sector * 512 + i), "a sector is written whole");
                    }
                    state.append(first);
                }
                states.add(state.toString());
            }
        }
        assertEquals(16, states.size(), states.toString());
        assertEquals(2, io.byteAt(FILE, 0), "the disk that was looked at is not touched");
    }

    @Test
    void shouldKeepWhatWasForcedWhenPowerIsLost()
    {
        final StorageFile file = created(8192, (byte)1);
        final MappedRegion region = file.map(0, 8192, true);
        region.buffer().putByte(5, (byte)7);
        region.buffer().putByte(5000, (byte)8);
        region.force(5, 1);
        boolean secondLost = false;
        for (int seed = 0; seed < SEEDS; seed++)
        {
            try (SimulatedStorageIo after = io.afterPowerLoss(seed))
            {
                assertEquals(7, after.byteAt(FILE, 5));
                secondLost |= after.byteAt(FILE, 5000) == 1;
            }
        }
        assertTrue(secondLost);
        file.force();
        try (SimulatedStorageIo after = io.afterPowerLoss(0))
        {
            assertEquals(8, after.byteAt(FILE, 5000));
        }
    }

    @Test
    void shouldLoseEntriesWhenTheDirectoryWasNotForced()
    {
        created(512, (byte)1);
        final StorageFile other = io.open(DIR.resolve("b"), OpenMode.CREATE_NEW);
        other.write(0, bytes, 0, 100);
        other.force();
        io.rename(FILE, DIR.resolve("c"));
        final Set<List<String>> seen = new HashSet<>();
        for (int seed = 0; seed < SEEDS; seed++)
        {
            try (SimulatedStorageIo after = io.afterPowerLoss(seed))
            {
                seen.add(after.list(DIR));
            }
        }
        assertEquals(Set.of(List.of("a"), List.of("a", "b"), List.of("b", "c"), List.of("c")), seen);
        io.forceDirectory(DIR);
        try (SimulatedStorageIo after = io.afterPowerLoss(3))
        {
            assertEquals(List.of("b", "c"), after.list(DIR));
        }
    }

    @Test
    void shouldLoseUnforcedLengthsWhenPowerIsLost()
    {
        final StorageFile file = created(4096, (byte)1);
        file.truncate(512);
        bytes.setMemory(0, 512, (byte)3);
        file.write(512, bytes, 0, 512);
        final Set<Long> sizes = new HashSet<>();
        for (int seed = 0; seed < SEEDS; seed++)
        {
            try (SimulatedStorageIo after = io.afterPowerLoss(seed))
            {
                final long size = after.sizeOf(FILE);
                sizes.add(size);
                final byte second = size > 512 ? after.byteAt(FILE, 512) : 0;
                assertTrue(size == 4096 ? second == 1 : second == 0 || second == 3, "size " + size + " seed " + seed);
            }
        }
        assertEquals(Set.of(512L, 1024L, 4096L), sizes);
    }

    @Test
    void shouldWriteNothingWhenForcedAgainAfterAFailedForce()
    {
        final StorageFile file = created(8192, (byte)1);
        bytes.setMemory(0, 8192, (byte)2);
        file.write(0, bytes, 0, 8192);
        io.faults((number, operation, path) -> operation == SimulatedOperation.FORCE ? StorageException.Kind.IO : null);
        assertThrows(StorageException.class, file::force);
        io.faults(FaultPlan.NONE);
        file.force();
        int lost = 0;
        try (SimulatedStorageIo after = io.afterPowerLoss(1))
        {
            for (int sector = 0; sector < 16; sector++)
            {
                lost += after.byteAt(FILE, sector * 512) == 1 ? 1 : 0;
            }
        }
        assertNotEquals(0, lost);
        file.write(0, bytes, 0, 8192);
        file.force();
        try (SimulatedStorageIo after = io.afterPowerLoss(1))
        {
            assertEquals(2, after.byteAt(FILE, 0));
            assertEquals(2, after.byteAt(FILE, 8191));
        }
    }

    @Test
    void shouldRefuseOldHandlesWhenTheProcessDied()
    {
        final StorageFile file = created(4096, (byte)1);
        final MappedRegion region = file.map(0, 4096, true);
        final DirectoryLock lock = io.lock(DIR);
        region.buffer().putByte(9, (byte)9);
        final String boot = io.bootId();
        io.processCrash();
        assertEquals(9, io.byteAt(FILE, 9));
        assertEquals(boot, io.bootId());
        assertThrows(IllegalStateException.class, file::force);
        assertThrows(IllegalStateException.class, region::buffer);
        io.lock(DIR);
        lock.close();
        assertEquals(StorageException.Kind.LOCKED, assertThrows(StorageException.class, () -> io.lock(DIR)).kind());
        io.powerLoss(1);
        assertNotEquals(boot, io.bootId());
        assertEquals(0, io.openHandles());
    }

    @Test
    void shouldThrowFromAnOperationOnWhenPowerFailsThere()
    {
        created(4096, (byte)1);
        final StorageFile file = io.open(FILE, OpenMode.READ_WRITE);
        io.losePowerAt(io.operations() + 1);
        file.write(0, bytes, 0, 1);
        assertThrows(SimulatedCrash.class, file::force);
        assertThrows(SimulatedCrash.class, () -> io.list(DIR));
        io.powerLoss(1);
        assertTrue(io.exists(FILE));
    }

    @Test
    void shouldSayNoSpaceWhenTheDiskIsFull()
    {
        created(4096, (byte)1);
        io.capacityBytes(8192);
        final StorageFile file = io.open(DIR.resolve("b"), OpenMode.CREATE_NEW);
        file.allocate(4096);
        assertEquals(0, io.usableSpaceBytes(DIR));
        assertEquals(StorageException.Kind.NO_SPACE, assertThrows(StorageException.class, () -> file.allocate(4097)).kind());
        assertEquals(
            StorageException.Kind.NO_SPACE, assertThrows(StorageException.class, () -> file.write(4096, bytes, 0, 1)).kind());
        file.write(0, bytes, 0, 4096);
        io.delete(FILE);
        file.allocate(8192);
        assertFalse(io.exists(FILE));
    }

    @Test
    void shouldTearStoresWhenTheProcessDiesAmidThem()
    {
        final StorageFile file = created(4096, (byte)0);
        final MappedRegion region = file.map(0, 4096, true);
        final Set<Long> states = new HashSet<>();
        try (SimulatedStorageIo before = io.afterProcessCrash())
        {
            region.buffer().putLong(64, -1L);
            for (int seed = 0; seed < SEEDS; seed++)
            {
                try (SimulatedStorageIo after = io.afterTornStores(before, seed))
                {
                    states.add(after.open(FILE, OpenMode.READ).map(0, 4096, false).buffer().getLong(64));
                }
            }
        }
        assertEquals(Set.of(0L, -1L, 0xFFFF_FFFFL, 0xFFFF_FFFF_0000_0000L), states);
    }

    private StorageFile created(final int length, final byte value)
    {
        io.createDirectories(DIR);
        final StorageFile file = io.open(FILE, OpenMode.CREATE_NEW);
        bytes.setMemory(0, length, value);
        file.write(0, bytes, 0, length);
        file.force();
        io.forceDirectory(DIR);
        return file;
    }
}
