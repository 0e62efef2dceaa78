using System.Globalization;
using System.Reflection;
using Microsoft.Azure.WebJobs.Extensions.DurableTask;

namespace Serverless.FunctionsHost.Triggers;

/// <summary>
/// Settings of the Durable engine's storage that host.json cannot express: it allows no control-queue visibility under a minute, which is how long
/// an orchestration stands still after its host was killed, and has no name for an instance, by which a restarted host takes up its own leases.
/// They are set on the provider's own settings before the start, by reflection; a release of the package that renames them stops the host with a word.
/// </summary>
internal static class DurableTuning
{
    /// <summary>The setting <c>FunctionsHost__ControlQueueVisibilitySeconds</c>, 1..300; absent: what host.json says.</summary>
    private const string VisibilityKey = "FunctionsHost:ControlQueueVisibilitySeconds";

    /// <exception cref="HostException">The setting is out of its range, or the package has changed.</exception>
    public static void Apply(IServiceProvider services, string instanceId, HostSettings settings)
    {
        if (services.GetService<IDurabilityProviderFactory>() is not { } factory) return;

        // Another backend than storage has settings of its own.
        if (factory.GetType().GetField("defaultSettings", BindingFlags.Instance | BindingFlags.NonPublic) is not { } field) return;
        factory.GetDurabilityProvider();
        var storage = field.GetValue(factory) ?? throw new HostException("The Durable extension's settings are not made yet.");
        Set(storage, "WorkerId", instanceId);
        if (settings.Values.GetValueOrDefault(VisibilityKey) is not { Length: > 0 } text) return;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds is < 1 or > 300)
            throw new HostException("FunctionsHost__ControlQueueVisibilitySeconds must be from 1 to 300.");
        Set(storage, "ControlQueueVisibilityTimeout", TimeSpan.FromSeconds(seconds));

        // The leases of a host that does not come back move to another after this.
        Set(storage, "LeaseInterval", TimeSpan.FromSeconds(15));
        Set(storage, "LeaseRenewInterval", TimeSpan.FromSeconds(5));
        Set(storage, "LeaseAcquireInterval", TimeSpan.FromSeconds(5));
    }

    private static void Set(object settings, string property, object value)
    {
        var info = settings.GetType().GetProperty(property) ?? throw new HostException($"The Durable extension's setting {property} is gone: this host was made for another release of it.");
        info.SetValue(settings, value);
    }
}
