using System.Reflection;
using System.Reflection.Emit;
using Microsoft.Azure.WebJobs;
using Microsoft.Azure.WebJobs.Extensions.DurableTask;
using Newtonsoft.Json.Linq;
using Serverless.FunctionsHost.Worker;

namespace Serverless.FunctionsHost.Triggers;

/// <summary>
/// The WebJobs SDK finds triggers by attributes on methods, and the worker's functions are known at run time only: this emits a static method a
/// function, with the attributes of its bindings, whose body calls <see cref="TriggerCalls"/>. Azure's host does the same for any language's worker.
/// </summary>
internal sealed class TriggerMethods : ITypeLocator
{
    /// <summary>A method that nothing triggers: it binds the durable client's text, for HTTP functions, which do not pass through the job host.</summary>
    public const string DurableClientMethod = "DurableClientBinding";

    private readonly Type _type;

    /// <exception cref="HostException">A trigger is of a kind that this host does not know.</exception>
    public TriggerMethods(IReadOnlyList<FunctionDefinition> functions)
    {
        // A name of its own for each: more than one host may live in a test's process.
        var module = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName($"Functions-{Guid.NewGuid():n}"), AssemblyBuilderAccess.Run).DefineDynamicModule("Functions");
        var type = module.DefineType("Host.Functions", TypeAttributes.Public | TypeAttributes.Abstract | TypeAttributes.Sealed);
        var slot = TriggerCalls.Reserve();
        foreach (var function in functions.Where(f => !f.IsHttp)) DefineTrigger(type, function, slot);
        if (functions.Any(f => f.DurableClients.Count > 0)) DefineDurableClient(type, slot);
        _type = type.CreateType();
        Slot = slot;
    }

    /// <summary>What the emitted methods name to find their <see cref="TriggerCalls"/>.</summary>
    public int Slot { get; }

    public IReadOnlyList<Type> GetTypes() => [_type];

    private static void DefineTrigger(TypeBuilder type, FunctionDefinition function, int slot)
    {
        var (attribute, parameter, returns) = Attribute(function);
        Type[] types = [parameter, .. function.DurableClients.Select(_ => typeof(string)), typeof(IBinder), typeof(CancellationToken)];

        // A queue or timer trigger whose method returns a value is refused; an orchestrator or activity must return one.
        var method = type.DefineMethod(function.Name, MethodAttributes.Public | MethodAttributes.Static, returns ? typeof(Task<object>) : typeof(Task), types);
        method.SetCustomAttribute(Build(typeof(FunctionNameAttribute), [function.Name]));
        method.DefineParameter(1, ParameterAttributes.None, function.TriggerName).SetCustomAttribute(attribute);
        for (var i = 0; i < function.DurableClients.Count; i++)
        {
            var client = function.DurableClients[i];
            method.DefineParameter(2 + i, ParameterAttributes.None, (string)client["name"]!).SetCustomAttribute(
                Build(typeof(DurableClientAttribute), [], ("TaskHub", (string?)client["taskHub"]), ("ConnectionName", (string?)client["connectionName"])));
        }

        method.DefineParameter(types.Length - 1, ParameterAttributes.None, "_binder");
        method.DefineParameter(types.Length, ParameterAttributes.None, "_cancellation");
        EmitCall(method, types, slot, function.Name, nameof(TriggerCalls.InvokeAsync));
    }

    private static void DefineDurableClient(TypeBuilder type, int slot)
    {
        var method = type.DefineMethod(DurableClientMethod, MethodAttributes.Public | MethodAttributes.Static, typeof(Task), [typeof(string)]);
        method.SetCustomAttribute(Build(typeof(NoAutomaticTriggerAttribute), []));
        method.DefineParameter(1, ParameterAttributes.None, "client").SetCustomAttribute(Build(typeof(DurableClientAttribute), []));
        EmitCall(method, [typeof(string)], slot, DurableClientMethod, nameof(TriggerCalls.KeepDurableClientAsync));
    }

    /// <summary><c>return TriggerCalls.callee(slot, name, new object[] { arguments });</c></summary>
    private static void EmitCall(MethodBuilder method, Type[] types, int slot, string name, string callee)
    {
        var il = method.GetILGenerator();
        il.Emit(OpCodes.Ldc_I4, slot);
        il.Emit(OpCodes.Ldstr, name);
        il.Emit(OpCodes.Ldc_I4, types.Length);
        il.Emit(OpCodes.Newarr, typeof(object));
        for (var i = 0; i < types.Length; i++)
        {
            il.Emit(OpCodes.Dup);
            il.Emit(OpCodes.Ldc_I4, i);
            il.Emit(OpCodes.Ldarg, i);
            if (types[i].IsValueType) il.Emit(OpCodes.Box, types[i]);
            il.Emit(OpCodes.Stelem_Ref);
        }

        il.Emit(OpCodes.Call, typeof(TriggerCalls).GetMethod(callee)!);
        il.Emit(OpCodes.Ret);
    }

    private static (CustomAttributeBuilder Attribute, Type Parameter, bool Returns) Attribute(FunctionDefinition function)
    {
        var trigger = function.Trigger;
        return function.TriggerType switch
        {
            "queueTrigger" => (Build(typeof(QueueTriggerAttribute), [(string)trigger["queueName"]!], ("Connection", (string?)trigger["connection"])), typeof(string), false),
            "timerTrigger" => (
                Build(typeof(TimerTriggerAttribute), [(string)trigger["schedule"]!], ("RunOnStartup", (bool?)trigger["runOnStartup"] ?? false), ("UseMonitor", (bool?)trigger["useMonitor"] ?? true)),
                typeof(TimerInfo), false),
            "activityTrigger" => (Build(typeof(ActivityTriggerAttribute), [], ("Activity", (string?)trigger["activity"])), typeof(string), true),
            "orchestrationTrigger" => (Build(typeof(OrchestrationTriggerAttribute), [], ("Orchestration", (string?)trigger["orchestration"])), typeof(string), true),
            "entityTrigger" => (Build(typeof(EntityTriggerAttribute), [], ("EntityName", (string?)trigger["entityName"])), typeof(string), true),
            var other => throw new HostException($"Function {function.Name} has a trigger of type {other}; this host knows http, queue, timer, orchestration, activity and entity triggers."),
        };
    }

    private static CustomAttributeBuilder Build(Type type, object[] arguments, params (string Name, object? Value)[] properties)
    {
        var set = properties.Where(p => p.Value is not null).ToArray();
        return new(
            type.GetConstructor([.. arguments.Select(a => a.GetType())])!, arguments,
            [.. set.Select(p => type.GetProperty(p.Name)!)], [.. set.Select(p => p.Value!)]);
    }
}
