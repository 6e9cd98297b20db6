package io.cairn.engine.sim;

import io.cairn.wal.io.SimulatedStorageIo;

import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What may befall the disk of a member that is down: rot, and files that are gone, short, zero or in each other's place. Owner: one thread.
 */
final class DiskDamage {
    private static final int KINDS = 8;
    private static final int KINDS_MAX = 6;
    private static final int FLIPS_MAX = 4;
    private static final int DRAWS_MAX = 20;
    private static final int SECTOR = 512;

    private DiskDamage() {
    }

    static void befall(final SimulatedStorageIo disk, final SplittableRandom random, final Coverage coverage) {
        for (int left = 1 + random.nextInt(KINDS_MAX); left > 0; left--) {
            befallOnce(disk, random, coverage);
        }
    }

    private static void befallOnce(final SimulatedStorageIo disk, final SplittableRandom random, final Coverage coverage) {
        final List<Path> files = disk.files().stream().filter(path -> disk.sizeOf(path) > 0).toList();
        if (files.isEmpty()) {
            return;
        }
        final Path path = files.get(random.nextInt(files.size()));
        final int size = (int)disk.sizeOf(path);
        switch (random.nextInt(KINDS)) {
            case 0 -> {
                disk.damageByLoss(path);
                coverage.add(Coverage.Event.FILE_LOST);
            }
            case 1 -> {
                disk.damageSize(path, random.nextInt(size));
                coverage.add(Coverage.Event.FILE_CUT_SHORT);
            }
            case 2 -> {
                disk.damageSize(path, 0);
                disk.damageSize(path, size);
                coverage.add(Coverage.Event.FILE_ZEROED);
            }
            case 3 -> {
                disk.damageBySwap(path, files.get(random.nextInt(files.size())));
                coverage.add(Coverage.Event.FILES_SWAPPED);
            }
            case 4 -> {
                // A sector that was written to another place than it was meant for.
                final Path other = files.get(random.nextInt(files.size()));
                copySector(disk, other, sector(disk, other, random), path, sector(disk, path, random));
                coverage.add(Coverage.Event.MISDIRECTED_WRITE);
            }
            case 5 -> {
                // A sector that was never written: what had been there, mostly nothing, is there still.
                final int from = sector(disk, path, random);
                for (int at = from; at < Math.min(size, from + SECTOR); at++) {
                    disk.damage(path, at, (byte)0);
                }
                coverage.add(Coverage.Event.LOST_WRITE);
            }
            default -> {
                flip(disk, path, random);
                coverage.add(Coverage.Event.BYTES_FLIPPED);
            }
        }
    }

    /** One bit flips in a segment of the log that is in use, mostly where something was written. */
    static void flipOneOfTheLog(final SimulatedStorageIo disk, final SplittableRandom random, final Coverage coverage) {
        final List<Path> files = disk.files().stream()
            .filter(path -> path.getFileName().toString().matches("\\d+-\\d+\\.wal") && disk.sizeOf(path) > 0).sorted().toList();
        if (!files.isEmpty()) {
            final Path path = files.get(random.nextBoolean() ? files.size() - 1 : random.nextInt(files.size()));
            int at = random.nextInt(bound(disk, path, random));
            for (int draws = random.nextInt(DRAWS_MAX); draws > 0 && 0 == disk.byteAt(path, at); draws--) {
                at = random.nextInt(bound(disk, path, random));
            }
            disk.damage(path, at, (byte)(disk.byteAt(path, at) ^ 1 << random.nextInt(8)));
            coverage.add(Coverage.Event.BIT_OF_THE_LOG_FLIPPED);
        }
    }

    /** Bits flip somewhere. */
    static void flip(final SimulatedStorageIo disk, final SplittableRandom random) {
        final List<Path> files = disk.files().stream().filter(path -> disk.sizeOf(path) > 0).toList();
        if (!files.isEmpty()) {
            flip(disk, files.get(random.nextInt(files.size())), random);
        }
    }

    private static void flip(final SimulatedStorageIo disk, final Path path, final SplittableRandom random) {
        final int bound = bound(disk, path, random);
        for (int i = random.nextInt(FLIPS_MAX); i >= 0; i--) {
            final int at = random.nextInt(bound);
            disk.damage(path, at, (byte)(disk.byteAt(path, at) ^ 1 << random.nextInt(8)));
        }
    }

    /** Most of a segment is room that was never used: what hurts is drawn more often. */
    private static int bound(final SimulatedStorageIo disk, final Path path, final SplittableRandom random) {
        final int size = (int)disk.sizeOf(path);
        return random.nextInt(4) == 0 ? size : Math.min(size, random.nextBoolean() ? 8 * 1024 : 20 * 1024);
    }

    private static int sector(final SimulatedStorageIo disk, final Path path, final SplittableRandom random) {
        return random.nextInt(bound(disk, path, random)) & -SECTOR;
    }

    private static void copySector(
        final SimulatedStorageIo disk, final Path from, final int fromOffset, final Path to, final int toOffset) {
        final int length = (int)Math.min(SECTOR, Math.min(disk.sizeOf(from) - fromOffset, disk.sizeOf(to) - toOffset));
        for (int i = 0; i < length; i++) {
            disk.damage(to, toOffset + i, disk.byteAt(from, fromOffset + i));
        }
    }
}
