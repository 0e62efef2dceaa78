using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Azure.WebJobs;
using Serverless.FunctionsHost.Protocol;
using Serverless.FunctionsHost.Worker;

namespace Serverless.FunctionsHost.Triggers;

/// <summary>What the emitted methods call: each trigger becomes an invocation of the worker.</summary>
public sealed class TriggerCalls
{
    private static readonly ConcurrentDictionary<int, TriggerCalls?> Slots = new();
    private static int _slots;

    private readonly WorkerSupervisor _worker;
    private readonly Dictionary<string, FunctionDefinition> _functions;

    internal TriggerCalls(WorkerSupervisor worker, IEnumerable<FunctionDefinition> functions, int slot)
    {
        _worker = worker;
        _functions = functions.ToDictionary(f => f.Name);
        Slots[slot] = this;
    }

    /// <summary>What a <c>durableClient</c> binding gives to the worker: JSON with the address of the Durable extension's own gRPC endpoint.</summary>
    internal string? DurableClient { get; private set; }

    internal static int Reserve() => Interlocked.Increment(ref _slots);

    /// <summary>Called by emitted code.</summary>
    public static Task<object?> InvokeAsync(int slot, string function, object[] arguments) => Slots[slot]!.InvokeAsync(function, arguments);

    /// <summary>Called by emitted code.</summary>
    public static Task KeepDurableClientAsync(int slot, string function, object[] arguments)
    {
        Slots[slot]!.DurableClient = (string)arguments[0];
        return Task.CompletedTask;
    }

    private async Task<object?> InvokeAsync(string name, object[] arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var function = _functions[name];
        var cancellation = (CancellationToken)arguments[^1];
        var request = new InvocationRequest
        {
            FunctionId = function.Id,
            InvocationId = Guid.NewGuid().ToString(),
            TraceContext = new() { TraceParent = Activity.Current?.Id ?? string.Empty, TraceState = Activity.Current?.TraceStateString ?? string.Empty },
        };
        request.InputData.Add(new ParameterBinding { Name = function.TriggerName, Data = WireValue.ToRpc(arguments[0]) });
        for (var i = 0; i < function.DurableClients.Count; i++)
            request.InputData.Add(new ParameterBinding { Name = (string)function.DurableClients[i]["name"]!, Data = WireValue.ToRpc(arguments[1 + i]) });
        foreach (var (key, value) in ((Binder)arguments[^2]).BindingData)
        {
            // "sys" is the SDK's own.
            if (value is not null && key != "sys") request.TriggerMetadata[key] = WireValue.ToRpc(value);
        }

        var worker = await _worker.GetAsync(cancellation);
        return WireValue.FromRpc((await worker.InvokeAsync(request, cancellation)).ReturnValue);
    }
}
