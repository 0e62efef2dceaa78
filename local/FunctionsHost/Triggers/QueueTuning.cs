using System.Collections;
using System.Globalization;
using System.Reflection;
using Microsoft.Azure.WebJobs;
using Microsoft.Azure.WebJobs.Host.Queues;

namespace Serverless.FunctionsHost.Triggers;

/// <summary>
/// Sets how long the queue triggers hold a message that they have taken, which the SDK has no setting for: ten minutes, renewed after half of them. So long nobody else sees what a host was
/// at work on when it was killed. It is set on the listeners themselves, by reflection, before they begin; a release of the packages that renames what is needed stops the host with a word.
/// </summary>
internal static class QueueTuning
{
    /// <summary>The setting <c>FunctionsHost__QueueLeaseSeconds</c>, 5..600; absent: ten minutes.</summary>
    private const string LeaseKey = "FunctionsHost:QueueLeaseSeconds";

    private const BindingFlags Members = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;

    /// <exception cref="HostException">The setting is out of its range, or a package has changed.</exception>
    public static async Task ApplyAsync(IServiceProvider services, HostSettings settings, CancellationToken cancellationToken)
    {
        if (settings.Values.GetValueOrDefault(LeaseKey) is not { Length: > 0 } text) return;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds is < 5 or > 600)
            throw new HostException("FunctionsHost__QueueLeaseSeconds must be from 5 to 600.");
        foreach (var listener in await ListenersAsync(services, cancellationToken)) Set(listener, TimeSpan.FromSeconds(seconds));
    }

    // They are made when the job host indexes its functions, as its start does first, and each is entered in a watcher that they share.
    private static async Task<IReadOnlyList<object>> ListenersAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        const string Initialise = "EnsureHostInitializedAsync", Watcher = "SharedQueueWatcher", Registrations = "_registrations";
        var jobs = services.GetRequiredService<IJobHost>();
        await (Task)(jobs.GetType().GetMethod(Initialise, Members, [typeof(CancellationToken)]) ?? throw Changed(Initialise)).Invoke(jobs, [cancellationToken])!;
        var type = typeof(QueueProcessor).Assembly.GetTypes().SingleOrDefault(type => type.Name == Watcher) ?? throw Changed(Watcher);
        var watcher = services.GetRequiredService(type);
        var bags = (IDictionary)((type.GetField(Registrations, Members) ?? throw Changed(Registrations)).GetValue(watcher) ?? throw Changed(Registrations));
        return [.. bags.Values.Cast<IEnumerable>().SelectMany(bag => bag.Cast<object>())];
    }

    private static void Set(object listener, TimeSpan lease)
    {
        const string Lease = "_visibilityTimeout", Least = "MinimumVisibilityRenewalInterval";
        (listener.GetType().GetField(Lease, Members) ?? throw Changed(Lease)).SetValue(listener, lease);
        (listener.GetType().GetProperty(Least, Members) ?? throw Changed(Least)).SetValue(listener, lease / 4);
    }

    private static HostException Changed(string member) => new($"The WebJobs SDK's {member} is gone: this host was made for another release of it.");
}
