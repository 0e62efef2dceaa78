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
        var provider = factory.GetDurabilityProvider();
        var storage = field.GetValue(factory) ?? throw new HostException("The Durable extension's settings are not made yet.");
        NameInstance(provider, storage, instanceId);
        if (settings.Values.GetValueOrDefault(VisibilityKey) is not { Length: > 0 } text) return;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds is < 1 or > 300)
            throw new HostException("FunctionsHost__ControlQueueVisibilitySeconds must be from 1 to 300.");
        Set(storage, "ControlQueueVisibilityTimeout", TimeSpan.FromSeconds(seconds));

        // The leases of a host that does not come back move to another after this.
        var balancing = Field(Field(Field(provider, "serviceClient"), "partitionManager"), "options");
        Set(balancing, "LeaseInterval", TimeSpan.FromSeconds(15));
        Set(balancing, "AcquireInterval", TimeSpan.FromSeconds(5));
    }

    // The partition manager has copied the name (the machine's, so far) when it was made: an engine with two names gives up its own leases.
    private static void NameInstance(object provider, object storage, string instanceId)
    {
        Set(storage, "WorkerId", instanceId);
        var service = Field(provider, "serviceClient");
        var leases = Field(Field(service, "partitionManager"), "tableLeaseManager");
        const string Name = "workerName";
        (leases.GetType().GetField(Name, BindingFlags.Instance | BindingFlags.NonPublic) ?? throw Changed(Name)).SetValue(leases, instanceId);
    }

    private static object Field(object owner, string name)
    {
        for (var type = owner.GetType(); type is not null; type = type.BaseType)
        {
            if (type.GetField(name, BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)?.GetValue(owner) is { } value) return value;
        }

        throw Changed(name);
    }

    private static void Set(object settings, string property, object value) =>
        (settings.GetType().GetProperty(property) ?? throw Changed(property)).SetValue(settings, value);

    private static HostException Changed(string member) => new($"The Durable extension's {member} is gone: this host was made for another release of it.");
}
