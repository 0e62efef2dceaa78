using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Routes;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Dispatch;

/// <summary>What an operator's dashboard sees of a breaker: that it is open, and that it is closed again.</summary>
public sealed class TargetHealthTests : IDisposable
{
    private static readonly RouteModel First = new("openai", "m");
    private static readonly RouteModel Second = new("openai", "m") { Account = "2" };
    private readonly ManualTime _time = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly TargetHealth _health;

    public TargetHealthTests() => _health = new TargetHealth(_time, _services.GetRequiredService<IMeterFactory>());

    public void Dispose() => _services.Dispose();

    [Fact]
    public void Gauge_OfTargets_FollowsTheirBreakers()
    {
        Assert.Empty(Measured());
        for (var i = 0; i < 4; i++) _health.Failed(First, Fault("upstream_error"));
        Assert.Equal(["openai m 0"], Measured());
        _health.Failed(First, Fault("upstream_error"));
        Assert.Equal(["openai m 1"], Measured());
        // Another account of the same model, whose quota is used up.
        _health.Failed(Second, Fault("insufficient_quota"));
        Assert.Equal(["openai m 2"], Measured());

        // When its time is over the one may be tried, and the other not yet.
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(["openai m 1"], Measured());
        _health.Succeeded(Second);
        Assert.Equal(["openai m 0"], Measured());
        for (var i = 0; i < 2; i++) _health.Probed(First, isThere: false);
        Assert.Equal(["openai m 1"], Measured());
        _health.Probed(First, isThere: true);
        Assert.Equal(["openai m 0"], Measured());
    }

    private static GatewayException Fault(string code) => new(502, new ErrorDetail(code, "x", "upstream_error"));

    private List<string> Measured()
    {
        var measured = new List<string>();
        using var listener = new MeterListener();
        var meters = _services.GetRequiredService<IMeterFactory>();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name == "gateway.targets.unavailable" && instrument.Meter.Scope == meters) l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<int>((_, value, tags, _) => measured.Add(string.Join(' ', tags.ToArray().Select(tag => tag.Value).Append(value))));
        listener.Start();
        listener.RecordObservableInstruments();
        return measured;
    }
}
