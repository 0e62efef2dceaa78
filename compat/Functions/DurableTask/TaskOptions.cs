namespace Microsoft.DurableTask;

public record TaskOptions(TaskRetryOptions? Retry = null, IDictionary<string, string>? Tags = null)
{
    public static TaskOptions FromRetryPolicy(RetryPolicy policy) => new(policy);

    public static TaskOptions FromRetryHandler(AsyncRetryHandler handler) => new(handler);

    public static TaskOptions FromRetryHandler(RetryHandler handler) =>
        FromRetryHandler((AsyncRetryHandler)(context => Task.FromResult(handler(context))));

    public SubOrchestrationOptions WithInstanceId(string instanceId) => new(this, instanceId);
}
