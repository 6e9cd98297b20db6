package io.cairn.engine.cli;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

import io.cairn.snapshot.SnapshotException;
import io.cairn.snapshot.SnapshotFile;
import io.cairn.snapshot.SnapshotFinding;
import io.cairn.snapshot.SnapshotManifest;
import io.cairn.snapshot.SnapshotVerifier;
import io.cairn.wal.io.StorageIo;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * {@code cairn snapshot list|show|verify|take}: all but the last read the directory of a node that runs or is stopped, and change nothing.
 */
@Command(name = "snapshot", description = "Lists, shows, verifies and takes the snapshots of a node.", synopsisSubcommandLabel = "COMMAND")
final class SnapshotGroup {
    private static final String ROOM = "snapshots";
    private static final String DIR = "Data directory or snapshot directory.";

    private final Supplier<StorageIo> files;

    @ParentCommand
    private CairnCommand root;

    @Spec
    private CommandSpec spec;

    @Option(names = "--data-dir", paramLabel = "DIR", scope = ScopeType.INHERIT, description = "The same as DIR.")
    private Path dataDir;

    /**
     * A group over files.
     *
     * @param files asked for once a command runs: the port to the real ones is dear to load.
     */
    SnapshotGroup(final Supplier<StorageIo> files) {
        this.files = files;
    }

    @Command(name = "list", description = "Lists the snapshots, the oldest first.")
    void list(@Parameters(arity = "0..1", paramLabel = "DIR", description = DIR) final List<String> words) {
        final StorageIo io = files.get();
        final SnapshotVerifier verifier = new SnapshotVerifier(io);
        final Path dir = DirectoryArgument.of(subcommand("list"), dataDir, words).room(ROOM);
        final Json json = new Json().object().put("directory", dir.toString()).array("snapshots");
        if (!root.isJson()) {
            root.console().out().printf("%-46s %14s %6s %-24s %-11s %14s%n", "NAME", "INDEX", "TERM", "CREATED", "KIND", "BYTES");
        }
        for (final String name : verifier.names(dir)) {
            final SnapshotManifest manifest = readable(verifier, dir, name);
            if (root.isJson()) {
                json.object().put("name", name).put("readable", manifest != null);
                if (manifest != null) {
                    members(json, manifest);
                }
                json.endObject();
            } else if (manifest == null) {
                root.console().out().printf("%-46s damaged manifest; see cairn snapshot verify%n", name);
            } else {
                root.console().out().printf("%-46s %14d %6d %-24s %-11s %14d%n", name, manifest.index(), manifest.term(),
                    Instant.ofEpochMilli(manifest.createdMs()), kind(manifest), manifest.lengthBytes());
            }
        }
        if (root.isJson()) {
            root.console().answer(json.endArray().endObject().toString());
        }
    }

    @Command(name = "show", description = "Shows the manifest of a snapshot and its files.")
    void show(@Parameters(arity = "0..2", paramLabel = "DIR|NAME",
        description = "Data directory or snapshot directory, then the name of a snapshot (default: the newest).") final List<String> words) {
        final StorageIo io = files.get();
        final SnapshotVerifier verifier = new SnapshotVerifier(io);
        final DirectoryArgument argument = DirectoryArgument.of(subcommand("show"), dataDir, words);
        final Path dir = argument.room(ROOM);
        final SnapshotManifest manifest = verifier.manifest(dir, chosen(verifier, dir, argument).get(0));
        final SnapshotManifest.PageImage pages = manifest.pages();
        if (root.isJson()) {
            final Json json = new Json().object().put("name", manifest.name());
            members(json, manifest);
            json.put("timestampMs", manifest.timestampMs()).put("clusterId", hex(manifest.clusterId())).put("walChain", hex(manifest.walChain()))
                .put("machine", manifest.machineName()).put("machineVersion", manifest.machineVersion())
                .put("configurationBytes", manifest.configuration().length)
                .put("epoch", pages.epoch()).put("catalogRoot", pages.catalogRoot()).put("pageSize", pages.pageSize())
                .put("pageCount", pages.pageCount()).put("livePages", pages.livePages()).put("storedPages", pages.storedPages()).array("files");
            for (final SnapshotFile file : manifest.files()) {
                json.object().put("name", file.name()).put("bytes", file.lengthBytes()).put("checksum", hex(file.checksum()))
                    .put("linked", file.linked()).endObject();
            }
            root.console().answer(json.endArray().endObject().toString());
            return;
        }
        line("name", manifest.name());
        line("last included", "index " + manifest.index() + ", term " + manifest.term() + ", log time " +
            Instant.ofEpochMilli(manifest.timestampMs()));
        line("created", Instant.ofEpochMilli(manifest.createdMs()));
        line("kind", manifest.isIncremental() ? "incremental on " + manifest.base().orElseThrow().name() : "full");
        line("cluster", hex(manifest.clusterId()));
        line("log chain", hex(manifest.walChain()));
        line("machine", manifest.machineName() + ", version " + manifest.machineVersion());
        line("configuration", manifest.configuration().length + " bytes");
        line("pages", pages.livePages() + " live of " + pages.pageCount() + ", " + pages.storedPages() + " stored here, " + pages.pageSize() +
            " bytes each, epoch " + pages.epoch() + ", catalog root " + pages.catalogRoot());
        for (final SnapshotFile file : manifest.files()) {
            line("file", String.format(Locale.ROOT, "%-24s %14d bytes  checksum %s%s", file.name(), file.lengthBytes(), hex(file.checksum()),
                file.linked() ? "  linked" : ""));
        }
    }

    @Command(name = "verify", description = "Checks every byte of the snapshots. Exit code 1 if anything is wrong, or if there is no snapshot.")
    void verify(@Parameters(arity = "0..*", paramLabel = "DIR|NAME",
        description = "Data directory or snapshot directory, then names of snapshots (default: all).") final List<String> words) {
        final StorageIo io = files.get();
        final SnapshotVerifier verifier = new SnapshotVerifier(io);
        final DirectoryArgument argument = DirectoryArgument.of(subcommand("verify"), dataDir, words);
        final Path dir = argument.room(ROOM);
        final List<String> names = argument.words().isEmpty() ? existing(verifier, dir) : chosen(verifier, dir, argument);
        final Json json = new Json().object().put("directory", dir.toString()).array("snapshots");
        final List<SnapshotFinding> findings = new ArrayList<>();
        int damaged = 0;
        for (final String name : names) {
            if (root.console().showsProgress()) {
                root.console().err().println("verifying " + name);
            }
            final List<SnapshotFinding> found = verifier.verify(dir, name);
            damaged += found.isEmpty() ? 0 : 1;
            findings.addAll(found);
            if (root.isJson()) {
                json.object().put("name", name).put("whole", found.isEmpty()).array("findings");
                found.forEach(finding -> json.object().put("file", finding.file()).put("offset", finding.offset()).put("page", finding.page())
                    .put("message", finding.message()).endObject());
                json.endArray().endObject();
            } else {
                found.forEach(finding -> root.console().out().println(finding));
                root.console().out().println(name + (found.isEmpty() ? " is whole" : " is damaged"));
            }
        }
        if (root.isJson()) {
            root.console().answer(json.endArray().put("damaged", damaged).endObject().toString());
        }
        if (damaged > 0) {
            throw new CliFailure(damaged + " of " + names.size() + " snapshots in " + dir + " damaged, first finding: " + findings.get(0));
        }
    }

    @Command(
        name = "take",
        description = {
            "Opens a data directory that no other process has open, and takes a snapshot of its state.",
            "The next start restores it and applies only the log behind it."})
    void take(
        @Parameters(arity = "0..1", paramLabel = "DIR", description = "Data directory.") final List<String> words,
        @Option(names = "--profile", paramLabel = "NAME", description = "Configuration profile (see cairn profile list).") final String profile,
        @Option(names = "--config", paramLabel = "FILE", description = "Properties file on top of the profile.") final Path config,
        @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Value on top of everything else; repeatable.")
        final Map<String, String> values) {
        final Path dir = DirectoryArgument.of(subcommand("take"), dataDir, words).directory();
        final KvNode.Settings settings = new KvNode.Settings(dir, profile, config, values == null ? Map.of() : values, 0);
        final SnapshotManifest manifest;
        try (KvNode node = KvNode.open(settings, KvNode.Purpose.READ, root.console())) {
            final CompletableFuture<SnapshotManifest> taken = node.engine().takeSnapshot();
            while (!taken.isDone() && node.engine().isServing()) {
                // In invoker mode this is what drives the engine.
                if (node.engine().doWork() == 0) {
                    node.idle();
                }
            }
            manifest = taken(taken, node);
        }
        if (root.isJson()) {
            final Json json = new Json().object().put("name", manifest.name());
            members(json, manifest);
            root.console().answer(json.endObject().toString());
        } else {
            root.console().answer(manifest.name() + "  index " + manifest.index() + ", term " + manifest.term() + ", " + kind(manifest) + ", " +
                manifest.lengthBytes() + " bytes");
        }
    }

    private static SnapshotManifest taken(final CompletableFuture<SnapshotManifest> taken, final KvNode node) {
        try {
            final SnapshotManifest manifest = taken.getNow(null);
            if (manifest == null) {
                throw new CliFailure("no snapshot was taken: " + node.reasonOfEnd());
            }
            return manifest;
        } catch (final CompletionException ex) {
            throw new CliFailure("no snapshot was taken, and nothing else changed: " + Explanation.of(ex.getCause()));
        }
    }

    private static List<String> existing(final SnapshotVerifier verifier, final Path dir) {
        final List<String> names = verifier.names(dir);
        if (names.isEmpty()) {
            throw new CliFailure("no snapshot in " + dir);
        }
        return names;
    }

    private static List<String> chosen(final SnapshotVerifier verifier, final Path dir, final DirectoryArgument argument) {
        final List<String> names = existing(verifier, dir);
        if (argument.words().isEmpty()) {
            return names.subList(names.size() - 1, names.size());
        }
        for (final String word : argument.words()) {
            if (!names.contains(word)) {
                throw new CliFailure("no snapshot " + word + " in " + dir + "; see cairn snapshot list");
            }
        }
        return argument.words();
    }

    private static SnapshotManifest readable(final SnapshotVerifier verifier, final Path dir, final String name) {
        try {
            return verifier.manifest(dir, name);
        } catch (final SnapshotException ex) {
            return null;
        }
    }

    private static void members(final Json json, final SnapshotManifest manifest) {
        json.put("index", manifest.index()).put("term", manifest.term()).put("createdMs", manifest.createdMs())
            .put("incremental", manifest.isIncremental()).put("base", manifest.base().map(SnapshotManifest.SnapshotBase::name).orElse(null))
            .put("bytes", manifest.lengthBytes());
    }

    private static String kind(final SnapshotManifest manifest) {
        return manifest.isIncremental() ? "incremental" : "full";
    }

    private static String hex(final long value) {
        return Long.toHexString(value);
    }

    private static String hex(final int value) {
        return String.format(Locale.ROOT, "%08x", value);
    }

    private void line(final String label, final Object value) {
        root.console().out().printf("%-14s %s%n", label, value);
    }

    private CommandSpec subcommand(final String name) {
        return spec.subcommands().get(name).getCommandSpec();
    }
}
