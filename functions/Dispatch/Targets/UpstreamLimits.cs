using Serverless.Functions.Hosting;
using Serverless.Functions.Providers;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>How long and how often one target is tried for one request.</summary>
/// <param name="First">Until the first token; until the whole answer where it comes in one piece.</param>
/// <param name="Idle">Between two tokens.</param>
/// <param name="Attempts">Calls, the first included.</param>
/// <param name="Restart">How long a service that cannot be reached is waited for.</param>
public sealed record UpstreamLimits(TimeSpan First, TimeSpan Idle, int Attempts, TimeSpan Restart)
{
    /// <param name="mayWait">Whether waiting for a restart is better than the next target.</param>
    internal static UpstreamLimits Of(GatewayOptions options, RouteRouting? routing, IProvider provider, bool inPieces = true, bool mayWait = true)
    {
        var first = routing?.FirstTokenSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : options.UpstreamTimeout;
        return new UpstreamLimits(
            inPieces ? first : Total(options, routing),
            routing?.IdleSeconds is { } idle ? TimeSpan.FromSeconds(idle) : options.UpstreamIdle,
            routing?.MaxAttempts ?? options.MaxAttempts,
            mayWait && provider.Abilities.Restarts ? options.RestartWait : TimeSpan.Zero);
    }

    /// <summary>For the whole of an answer, however many targets it takes.</summary>
    internal static TimeSpan Total(GatewayOptions options, RouteRouting? routing) =>
        routing?.TotalSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : options.UpstreamTotal;
}
