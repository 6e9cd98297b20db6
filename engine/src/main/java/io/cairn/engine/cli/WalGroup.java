package io.cairn.engine.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

import io.cairn.wal.WalFinding;
import io.cairn.wal.WalInspector;
import io.cairn.wal.WalVerification;
import io.cairn.wal.WalVerifier;
import io.cairn.wal.io.StorageIo;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * {@code cairn wal dump|verify|replay}: reads the log of a node and changes nothing.
 */
@Command(name = "wal", description = "Shows, verifies and replays the write-ahead log of a node.", synopsisSubcommandLabel = "COMMAND")
final class WalGroup {
    private static final String ROOM = "wal";
    private static final String DIR = "Data directory or log directory.";

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
    WalGroup(final Supplier<StorageIo> files) {
        this.files = files;
    }

    @Command(name = "dump", description = "Shows segments and records, damaged ones included.")
    void dump(
        @Parameters(arity = "0..1", paramLabel = "DIR", description = DIR) final List<String> words, @Mixin final WalDump.Selection selection) {
        final StorageIo io = files.get();
        final Path dir = DirectoryArgument.of(subcommand("dump"), dataDir, words).room(ROOM);
        new WalDump(log(io, dir), selection, root).run(dir);
    }

    @Command(name = "verify", description = {
        "Checks every byte of the log, unused ones included. Exit code 1 if anything is wrong, or if there is no log.",
        "Stop the node first: what it has not finished writing shows as findings."})
    void verify(@Parameters(arity = "0..1", paramLabel = "DIR", description = DIR) final List<String> words) {
        final StorageIo io = files.get();
        final Path dir = DirectoryArgument.of(subcommand("verify"), dataDir, words).room(ROOM);
        log(io, dir);
        final WalVerification verification = WalVerifier.verify(io, dir);
        final List<WalFinding> findings = verification.findings();
        if (root.isJson()) {
            final Json json = new Json().object().put("directory", dir.toString()).put("segments", verification.segmentCount())
                .put("records", verification.recordCount()).put("firstIndex", verification.firstIndex())
                .put("lastIndex", verification.lastIndex()).put("whole", verification.isGood()).array("findings");
            findings.forEach(finding -> json.object().put("file", finding.file().toString()).put("offset", finding.offset())
                .put("index", finding.index()).put("message", finding.reason()).endObject());
            root.console().answer(json.endArray().endObject().toString());
        } else {
            findings.forEach(root.console().out()::println);
            final String range = verification.recordCount() == 0 ? "" : ", index " + verification.firstIndex() + " to " + verification.lastIndex();
            root.console().out().printf("%d segments, %d records%s: %s%n", verification.segmentCount(), verification.recordCount(), range,
                verification.isGood() ? "whole" : "damaged");
        }
        if (!verification.isGood()) {
            final String count = findings.size() + (findings.size() == 1 ? " finding in " : " findings in ");
            throw new CliFailure(count + dir + ", the first: " + findings.get(0));
        }
    }

    @Command(name = "replay", description = {
        "Applies the entries of a stopped node's log to a state machine once more, and shows the digest of the state.",
        "Nothing in the directory is changed; one that a live process has open is refused."})
    void replay(
        @Parameters(arity = "0..1", paramLabel = "DIR", description = "Data directory, or a copy of one.") final List<String> words,
        @Mixin final WalReplay.Options options) throws IOException {
        final CommandSpec subcommand = subcommand("replay");
        final DirectoryArgument argument = DirectoryArgument.of(subcommand, dataDir, words);
        argument.room(ROOM);
        new WalReplay(files.get(), options, root).run(argument.directory(), subcommand);
    }

    private static WalInspector log(final StorageIo io, final Path dir) {
        final WalInspector inspector = new WalInspector(io, dir);
        if (!inspector.isLog()) {
            throw new CliFailure("no log in " + dir + ": it has no valid segment; name a data directory or its wal directory");
        }
        return inspector;
    }

    private CommandSpec subcommand(final String name) {
        return spec.subcommands().get(name).getCommandSpec();
    }
}
