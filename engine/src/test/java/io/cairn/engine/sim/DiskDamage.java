package io.cairn.engine.sim;

import io.cairn.wal.io.SimulatedStorageIo;

import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What may befall the disk of a member that is down: rot, and files that are gone, short, zero or in each other's place. Owner: one thread.
 */
final class DiskDamage {
    private static final int FLIPS_MAX = 4;

    private DiskDamage() {
    }

    static void befall(final SimulatedStorageIo disk, final SplittableRandom random, final Coverage coverage) {
        final List<Path> files = disk.files().stream().filter(path -> disk.sizeOf(path) > 0).toList();
        if (files.isEmpty()) {
            return;
        }
        final Path path = files.get(random.nextInt(files.size()));
        final int size = (int)disk.sizeOf(path);
        switch (random.nextInt(10)) {
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
            default -> {
                // Most of a segment is room that was never used: rot where it hurts is drawn more often.
                final int bound = random.nextBoolean() ? size : Math.min(size, 8 * 1024);
                for (int i = random.nextInt(FLIPS_MAX); i >= 0; i--) {
                    final int at = random.nextInt(bound);
                    disk.damage(path, at, (byte)(disk.byteAt(path, at) ^ 1 << random.nextInt(8)));
                }
                coverage.add(Coverage.Event.BYTES_FLIPPED);
            }
        }
    }
}
