package clew.launcher;

import java.util.Set;
import org.elasticsearch.env.Environment;
import org.elasticsearch.plugins.PluginBundle;
import org.elasticsearch.plugins.PluginsLoader;

/** The modules of a home, as 9.x loads them. */
final class Bundles {
    static Set<PluginBundle> load(Environment environment) {
        return PluginsLoader.loadModulesBundles(environment.modulesDir(), false);
    }
}
