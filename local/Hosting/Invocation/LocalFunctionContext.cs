using Microsoft.Azure.Functions.Worker;
using Serverless.Local.Hosting.Catalog;

namespace Serverless.Local.Hosting.Invocation;

/// <summary>One invocation. It is used by one flow of control at a time, like the real one.</summary>
internal sealed class LocalFunctionContext(FunctionDescriptor function, object triggerInput, IServiceProvider services, CancellationToken cancellationToken) : FunctionContext
{
    /// <summary>What triggered the function: HttpContext, QueueMessage, TimerInfo, TaskOrchestrationContext or ActivityInvocation.</summary>
    public object TriggerInput { get; } = triggerInput;

    public FunctionDescriptor Function { get; } = function;

    /// <summary>What the function returned; null for void and Task.</summary>
    public object? Result { get; set; }

    public override string InvocationId { get; } = Guid.NewGuid().ToString();

    public override string FunctionId => Function.Definition.Id;

    public override IServiceProvider InstanceServices { get; set; } = services;

    public override FunctionDefinition FunctionDefinition => Function.Definition;

    public override IDictionary<object, object> Items { get; set; } = new Dictionary<object, object>();

    public override CancellationToken CancellationToken { get; } = cancellationToken;
}
