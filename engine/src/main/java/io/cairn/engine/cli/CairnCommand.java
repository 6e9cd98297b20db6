package io.cairn.engine.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/**
 * The root of the command line: what every command shares.
 */
@Command(
    name = "cairn",
    description = "Runs, inspects and tunes Cairn, a log-structured storage engine.",
    versionProvider = CairnVersion.class,
    synopsisSubcommandLabel = "COMMAND",
    footer = {
        "",
        "Exit code: 0 success, 1 failure, 2 a command line that does not parse.",
        "System properties, cairn.* keys among them: CAIRN_JVM_OPTS=\"-Dcairn.durability=os\"."
    })
public final class CairnCommand {
    private final Console console;

    @Option(names = {"-h", "--help"}, usageHelp = true, scope = ScopeType.INHERIT, description = "Show this help and exit.")
    private boolean help;

    @Option(names = {"-V", "--version"}, versionHelp = true, description = "Print the version and exit.")
    private boolean version;

    @Option(names = "--json", scope = ScopeType.INHERIT, description = "Print one JSON document on standard output, and nothing else.")
    private boolean json;

    CairnCommand(final Console console) {
        this.console = console;
    }

    /**
     * Where to write.
     *
     * @return the console.
     */
    public Console console() {
        return console;
    }

    /**
     * Whether the answer is for a machine.
     *
     * @return true with {@code --json}.
     */
    public boolean isJson() {
        return json;
    }
}
