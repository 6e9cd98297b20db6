package io.cairn.engine.transport;

import org.agrona.IoUtil;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * That the driver's directory of a member in memory is in use, said so that every process of this machine can tell: a lock of the kernel on one byte
 * of a file that all members of a user share, which ends with the process however it ends, in whatever container it runs. Whoever starts takes away
 * the directories whose lock nobody holds: what a killed process leaves takes memory until then.
 *
 * <p>Interleavings. (1) The lock is taken before the directory is made, and a directory is marked once it is made: what is not marked, an earlier
 * version's or one that is being made, is left alone. (2) Who takes a directory away holds its lock; a member that starts in it waits for that.
 * (3) The file of locks is never deleted, so that there is one; and this process never closes it, since a close would give back all of its locks.
 *
 * <p>Where there can be no such file, nothing is locked and nothing is taken away. Any thread.
 */
public final class DriverLease implements AutoCloseable {
    private static final String MARK = "cairn.lease";
    private static final Pattern NAME = Pattern.compile("cairn-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})");
    /** By directory of driver directories; never closed. */
    private static final Map<Path, FileChannel> LOCKS = new HashMap<>();

    private final Path directory;
    private final FileLock lock;

    private DriverLease(final Path directory, final FileLock lock) {
        this.directory = directory;
        this.lock = lock;
    }

    /**
     * Before the driver is started.
     *
     * @param directory of {@link DriverDirectory#of}.
     * @return the lease; of nothing where the directory is not in memory.
     */
    public static DriverLease take(final Path directory) {
        synchronized (LOCKS) {
            final long position = positionOf(directory);
            final FileChannel locks = position < 0 ? null : locks(directory.getParent());
            try {
                return new DriverLease(directory, null == locks ? null : locks.lock(position, 1, false));
            } catch (final IOException | OverlappingFileLockException ex) {
                return new DriverLease(directory, null);
            }
        }
    }

    /** The driver has made its directory: from now on it may be taken away once the lock is gone. */
    public void mark() {
        if (null != lock) {
            try {
                Files.createFile(directory.resolve(MARK));
            } catch (final IOException ignore) {
                // Then nobody takes it away: the next start of this member does, as ever.
            }
        }
    }

    /**
     * Take away what processes left that are gone.
     *
     * @return the directories that went.
     */
    public List<Path> sweep() {
        if (null == lock) {
            return List.of();
        }
        synchronized (LOCKS) {
            try (Stream<Path> entries = Files.list(directory.getParent())) {
                return entries.filter(DriverLease::isAbandoned).toList();
            } catch (final IOException ex) {
                return List.of();
            }
        }
    }

    /** One that is goes, under its lock. */
    private static boolean isAbandoned(final Path candidate) {
        final long position = positionOf(candidate);
        if (position < 0 || !Files.isDirectory(candidate, LinkOption.NOFOLLOW_LINKS) || !isMarked(candidate)) {
            return false;
        }
        try (FileLock free = locks(candidate.getParent()).tryLock(position, 1, false)) {
            if (null == free || !isMarked(candidate)) {
                return false;
            }
            IoUtil.delete(candidate.toFile(), true);
            return !Files.exists(candidate);
        } catch (final IOException | OverlappingFileLockException ex) {
            return false;
        }
    }

    private static boolean isMarked(final Path candidate) {
        return Files.isRegularFile(candidate.resolve(MARK), LinkOption.NOFOLLOW_LINKS);
    }

    /** @return the byte that stands for a directory; below zero for one that is none of a member. */
    private static long positionOf(final Path directory) {
        final Path name = directory.getFileName();
        final Matcher matcher = NAME.matcher(null == name ? "" : name.toString());
        return matcher.matches() ? UUID.fromString(matcher.group(1)).getLeastSignificantBits() & Long.MAX_VALUE >>> 1 : -1;
    }

    private static FileChannel locks(final Path memory) {
        return LOCKS.computeIfAbsent(memory.toAbsolutePath(), parent -> {
            try {
                return FileChannel.open(parent.resolve("cairn-" + System.getProperty("user.name") + ".locks"),
                    StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
            } catch (final IOException ex) {
                return null;
            }
        });
    }

    /** Once the driver has taken its directory away. */
    @Override
    public void close() {
        if (null != lock) {
            synchronized (LOCKS) {
                try {
                    lock.release();
                } catch (final IOException ignore) {
                    // It ends with the process.
                }
            }
        }
    }
}
