import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** What SkyWalking's agent would put into a line, put there by hand; the pattern is its toolkit's. */
public class Traced {
    private static final Logger LOG = LoggerFactory.getLogger("shop.orders");

    public static void main(String[] arguments) {
        MDC.put("trace", "4bf92f3577b34da6a3ce929d0e0e4736.53.17956360691230000");
        MDC.put("segment", "00f067aa0ba902b7aabbccdd11223344.53.17956360691230001");
        MDC.put("span", "2");
        LOG.info("order placed");
        LOG.error("payment failed", new IllegalStateException("card refused"));
    }
}
