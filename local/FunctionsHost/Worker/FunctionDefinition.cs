using Newtonsoft.Json.Linq;
using Serverless.FunctionsHost.Protocol;

namespace Serverless.FunctionsHost.Worker;

/// <summary>A function as the worker describes it.</summary>
/// <param name="Metadata">What goes back to the worker when the function is loaded, unchanged.</param>
/// <param name="Trigger">The binding whose type ends with "Trigger".</param>
/// <param name="DurableClients">Names of its <c>durableClient</c> bindings.</param>
internal sealed record FunctionDefinition(RpcFunctionMetadata Metadata, JObject Trigger, IReadOnlyList<JObject> DurableClients)
{
    public string Id => Metadata.FunctionId;

    public string Name => Metadata.Name;

    public string TriggerType => (string)Trigger["type"]!;

    public string TriggerName => (string)Trigger["name"]!;

    public bool IsHttp => TriggerType == "httpTrigger";

    /// <exception cref="HostException">The function has no trigger.</exception>
    public static FunctionDefinition Of(RpcFunctionMetadata metadata)
    {
        var bindings = metadata.RawBindings.Select(JObject.Parse).ToList();
        var trigger = bindings.FirstOrDefault(b => ((string)b["type"]!).EndsWith("Trigger", StringComparison.OrdinalIgnoreCase))
            ?? throw new HostException($"Function {metadata.Name} has no trigger.");
        return new FunctionDefinition(metadata, trigger, [.. bindings.Where(b => (string?)b["type"] == "durableClient")]);
    }
}
