using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Local.Hosting.Catalog;

namespace Serverless.Local.Hosting.Invocation;

/// <summary>The end of the pipeline: binds the parameters, makes the class and calls the method.</summary>
internal sealed class FunctionExecution
{
    private readonly ConcurrentDictionary<MethodInfo, Compiled> _compiled = new();

    public async Task ExecuteAsync(FunctionContext functionContext)
    {
        var context = (LocalFunctionContext)functionContext;
        var function = context.Function;
        var compiled = _compiled.GetOrAdd(function.Method, static method => new Compiled(method));
        var arguments = new object?[function.Bindings.Count];
        for (var i = 0; i < arguments.Length; i++) arguments[i] = await function.Bindings[i](context);
        var instance = compiled.Factory?.Invoke(context.InstanceServices, null);
        try
        {
            context.Result = await compiled.Await(compiled.Invoker.Invoke(instance, arguments.AsSpan()));
        }
        finally
        {
            if (instance is IAsyncDisposable asyncDisposable) await asyncDisposable.DisposeAsync();
            else if (instance is IDisposable disposable) disposable.Dispose();
        }
    }

    private sealed class Compiled(MethodInfo method)
    {
        public MethodInvoker Invoker { get; } = MethodInvoker.Create(method);

        public ObjectFactory? Factory { get; } = method.IsStatic ? null : ActivatorUtilities.CreateFactory(method.DeclaringType!, Type.EmptyTypes);

        public Func<object?, ValueTask<object?>> Await { get; } = ReturnValue.AwaiterFor(method.ReturnType);
    }
}
