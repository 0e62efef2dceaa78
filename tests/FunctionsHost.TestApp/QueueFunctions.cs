using Microsoft.Azure.Functions.Worker;

namespace Serverless.FunctionsHost.TestApp;

public sealed class QueueFunctions
{
    [Function("Work")]
    public async Task WorkAsync([QueueTrigger("work")] string message, long dequeueCount, CancellationToken cancellationToken)
    {
        Record.Write($"work-{message}", $"{dequeueCount}");
        if (message.StartsWith("gate", StringComparison.Ordinal)) await Record.WaitForAsync(message, cancellationToken);
        if (message.StartsWith("bad", StringComparison.Ordinal)) throw new InvalidOperationException("on purpose");
    }

    [Function("WorkPoison")]
    public void Poison([QueueTrigger("work-poison")] string message) => Record.Write($"poison-{message}", message);

    [Function("Tick")]
    public void Tick([TimerTrigger("*/1 * * * * *", UseMonitor = false)] TimerInfo timer) => Record.Write("ticks", "tick");
}
