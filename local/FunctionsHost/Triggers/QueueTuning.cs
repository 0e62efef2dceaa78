using System.Collections;
using System.Globalization;
using System.Reflection;
using Microsoft.Azure.WebJobs.Host.Queues;

namespace Serverless.FunctionsHost.Triggers;

/// <summary>
/// Sets how long the queue triggers hold a message that they have taken, which the SDK has no setting for: ten minutes, renewed after half of them. So long nobody else sees what a host was
/// at work on when it was killed. It is set on the listeners themselves, by reflection; a release of the packages that renames what is needed stops the host with a word.
/// </summary>
internal static class QueueTuning
{
    /// <summary>The setting <c>FunctionsHost__QueueLeaseSeconds</c>, 5..600; absent: ten minutes.</summary>
    private const string LeaseKey = "FunctionsHost:QueueLeaseSeconds";

    private const BindingFlags Members = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(1);

    /// <summary>Starts the job host.</summary>
    /// <exception cref="HostException">The setting is out of its range, or a package has changed.</exception>
    public static async Task StartAsync(IHost host, HostSettings settings, bool hasQueues, CancellationToken cancellationToken)
    {
        if (Lease(settings) is not { } lease || !hasQueues)
        {
            await host.StartAsync(cancellationToken);
            return;
        }

        var listeners = Listeners(host.Services);
        var starting = host.StartAsync(cancellationToken);

        // Listeners are made and started in one go. Each asks whether its queue is there before it takes a message: by then it has been told.
        for (; !starting.IsCompleted; await Task.WhenAny(starting, Task.Delay(Look, CancellationToken.None))) Tell(listeners, lease);
        await starting;
        if (Tell(listeners, lease) == 0) throw Changed("list of queue listeners");
    }

    private static TimeSpan? Lease(HostSettings settings)
    {
        if (settings.Values.GetValueOrDefault(LeaseKey) is not { Length: > 0 } text) return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 5 and <= 600
            ? TimeSpan.FromSeconds(seconds)
            : throw new HostException("FunctionsHost__QueueLeaseSeconds must be from 5 to 600.");
    }

    // Each listener is entered in a watcher that they share when it is made: bags of them by their queues' names.
    private static IDictionary Listeners(IServiceProvider services)
    {
        const string Watcher = "SharedQueueWatcher", Registrations = "_registrations";
        var type = typeof(QueueProcessor).Assembly.GetTypes().SingleOrDefault(type => type.Name == Watcher) ?? throw Changed(Watcher);
        return (IDictionary)((type.GetField(Registrations, Members) ?? throw Changed(Registrations)).GetValue(services.GetRequiredService(type)) ?? throw Changed(Registrations));
    }

    private static int Tell(IDictionary listeners, TimeSpan lease)
    {
        const string Held = "_visibilityTimeout", Least = "MinimumVisibilityRenewalInterval";
        var count = 0;
        foreach (var listener in listeners.Values.Cast<IEnumerable>().SelectMany(bag => bag.Cast<object>()))
        {
            (listener.GetType().GetField(Held, Members) ?? throw Changed(Held)).SetValue(listener, lease);
            (listener.GetType().GetProperty(Least, Members) ?? throw Changed(Least)).SetValue(listener, lease / 4);
            count++;
        }

        return count;
    }

    private static HostException Changed(string member) => new($"The WebJobs SDK's {member} is gone: this host was made for another release of it.");
}
