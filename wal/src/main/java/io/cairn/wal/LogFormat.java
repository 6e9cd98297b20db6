package io.cairn.wal;

import io.cairn.wal.io.MappedStorageIo;
import io.cairn.wal.io.StorageIo;
import java.nio.file.Path;
import java.util.List;

/**
 * Tells a log directory from one that is to become one, from a lost one and from somebody else's.
 */
final class LogFormat
{
    private LogFormat()
    {
    }

    /**
     * Reads the identity, or formats a directory that has neither identity nor records: the identity is published last, so a directory that a crash
     * left half formatted has none and is formatted afresh.
     */
    static LogIdentity readOrFormat(final WalContext context, final RecoveryReport report)
    {
        final StorageIo storageIo = context.storageIo();
        final Path dir = context.dir();
        if (storageIo.exists(dir.resolve(LogIdentity.FILE_NAME)))
        {
            final LogIdentity found = LogIdentity.read(storageIo, dir);
            if (context.clusterId() != 0 && found.clusterId() != context.clusterId())
            {
                throw new WalException(
                    WalException.Kind.FOREIGN,
                    dir + ": the directory belongs to cluster " + found.clusterId() + ", not to " + context.clusterId() +
                        "; choose another directory");
            }
            new SegmentDirectory(storageIo, dir, found.clusterId()).refuseNewer(storageIo.list(dir));
            return found;
        }
        final List<String> names = storageIo.list(dir);
        for (final String name : names)
        {
            checkBlank(storageIo, dir, name);
        }
        for (final String name : names)
        {
            if (isLeftByFormatting(name))
            {
                storageIo.delete(dir.resolve(name));
            }
        }
        StableFile.format(storageIo, dir, StableStore.blank(), LogMetadata.blank(1));
        storageIo.forceDirectory(dir);
        final long wanted = context.clusterId() != 0 ? context.clusterId() : context.newClusterId();
        final LogIdentity created = new LogIdentity(
            wanted != 0 ? wanted : LogIdentity.drawId(), context.epochClockMs().getAsLong(), LogIdentity.drawId());
        created.publish(storageIo, dir);
        report.formatted(true);
        return created;
    }

    private static boolean isLeftByFormatting(final String name)
    {
        return SegmentNames.isSpare(name) || name.equals(StableFile.FILE_NAME) || name.equals(LogIdentity.TEMPORARY_NAME);
    }

    /**
     * A directory without an identity may hold what a crash left of formatting it, and nothing else: entries or a promise beside a lost identity are
     * a lost disk, and other files belong to somebody else.
     */
    private static void checkBlank(final StorageIo storageIo, final Path dir, final String name)
    {
        if (SegmentNames.isActive(name) || name.equals(StableFile.FILE_NAME) && StableFile.isUsed(storageIo, dir))
        {
            throw new WalException(
                WalException.Kind.LOST,
                dir.resolve(LogIdentity.FILE_NAME) + ": the identity file is missing beside " + name,
                "restore it from a copy, or delete the whole directory if its data may go");
        }
        if (!isLeftByFormatting(name) && !name.equals(MappedStorageIo.LOCK_FILE_NAME) && !name.startsWith(".") && !name.equals("lost+found"))
        {
            throw new WalException(
                WalException.Kind.FOREIGN, dir.resolve(name) + ": is no part of a log, and the directory is none; choose an empty directory");
        }
    }
}
