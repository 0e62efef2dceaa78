using Serverless.Functions.Hosting;
using Serverless.Functions.Providers;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>How long and how often one target is tried for one request.</summary>
/// <param name="Connect">Until a connection is there, where one has to be made; null for the settings' limit.</param>
/// <param name="First">Until the first token; until the whole answer where it comes in one piece.</param>
/// <param name="Idle">Between two tokens.</param>
/// <param name="Attempts">Calls, the first included.</param>
/// <param name="Restart">How long a service that cannot be reached is waited for.</param>
public sealed record UpstreamLimits(TimeSpan? Connect, TimeSpan First, TimeSpan Idle, int Attempts, TimeSpan Restart)
{
    /// <param name="mayWait">Whether waiting for a restart is better than the next target.</param>
    internal static UpstreamLimits Of(GatewayOptions options, RouteVersion route, RouteModel model, IProvider provider, bool inPieces = true, bool mayWait = true)
    {
        // What is said of a target comes before what is said of the route.
        var (routing, target) = (route.Routing, route.TargetOf(model));
        return new UpstreamLimits(
            Seconds(target?.ConnectSeconds ?? routing?.ConnectSeconds),
            inPieces ? Seconds(target?.FirstTokenSeconds ?? routing?.FirstTokenSeconds) ?? options.UpstreamTimeout : Total(options, routing),
            Seconds(target?.IdleSeconds ?? routing?.IdleSeconds) ?? options.UpstreamIdle,
            routing?.MaxAttempts ?? options.MaxAttempts,
            mayWait && provider.Abilities.Restarts ? options.RestartWait : TimeSpan.Zero);
    }

    /// <summary>For the whole of an answer, however many targets it takes.</summary>
    internal static TimeSpan Total(GatewayOptions options, RouteRouting? routing) =>
        Seconds(routing?.TotalSeconds) ?? options.UpstreamTotal;

    private static TimeSpan? Seconds(int? seconds) => seconds is { } s ? TimeSpan.FromSeconds(s) : null;
}
