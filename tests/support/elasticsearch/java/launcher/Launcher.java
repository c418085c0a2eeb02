package clew.launcher;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/** Runs one node until it is told to stop: Launcher HOME_DIR DATA_DIR HTTP_PORT [SETTING=VALUE...]. */
public final class Launcher {
    private static final String NODE = "node-1";

    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]);
        Environment environment = new Environment(settings(arguments), home.resolve("config"));
        LogConfigurator.registerErrorListener();
        LogConfigurator.setNodeName(NODE);
        LogConfigurator.configure(environment, true);
        // The server runs from the class path, so there is no server module to export anything to.
        Node node = new Node(
            environment,
            PluginsLoader.createPluginsLoader(Bundles.load(environment), Set.of(), Map.of(), false));
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node, stopped)));
        node.start();
        stopped.await();
    }

    private static Settings settings(String[] arguments) {
        Path data = Path.of(arguments[1]);
        Settings.Builder settings = Settings.builder()
            .put("path.home", arguments[0])
            .put("path.data", data)
            .put("path.logs", data.resolve("logs"))
            .put("cluster.name", "clew-tests")
            .put("node.name", NODE)
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1")
            .put("http.port", arguments[2])
            .put("transport.port", "0")
            .put("cluster.routing.allocation.disk.threshold_enabled", false);
        for (int i = 3; i < arguments.length; i++) {
            String[] setting = arguments[i].split("=", 2);
            settings.put(setting[0], setting[1]);
        }
        return settings.build();
    }

    private static void close(Node node, CountDownLatch stopped) {
        try {
            node.prepareForClose();
            node.close();
        } catch (Exception problem) {
            problem.printStackTrace();
        } finally {
            stopped.countDown();
        }
    }
}
