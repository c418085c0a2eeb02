/** Two threads die of exceptions that nobody caught, one after the other. */
public class Uncaught {
    static class Refused extends RuntimeException {
        Refused(String message) {
            super(message);
        }
    }

    public static void main(String[] arguments) throws InterruptedException {
        System.err.println("connecting");
        Thread worker = new Thread(() -> { throw new Refused("no more beans"); }, "worker 1");
        worker.start();
        worker.join();
        throw new IllegalStateException(new Refused("nor rice"));
    }
}
