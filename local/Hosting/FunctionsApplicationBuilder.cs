using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Local.Hosting;

/// <summary>Gathers the app's services and middleware. Middleware runs in the order in which it was added.</summary>
internal sealed class FunctionsApplicationBuilder(IServiceCollection services) : IFunctionsWorkerApplicationBuilder
{
    private readonly List<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> _middleware = [];

    public IServiceCollection Services { get; } = services;

    public IFunctionsWorkerApplicationBuilder Use(Func<FunctionExecutionDelegate, FunctionExecutionDelegate> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        _middleware.Add(middleware);
        return this;
    }

    /// <summary>The pipeline that ends in <paramref name="execute"/>.</summary>
    public FunctionExecutionDelegate BuildPipeline(FunctionExecutionDelegate execute)
    {
        var next = execute;
        for (var i = _middleware.Count - 1; i >= 0; i--) next = _middleware[i](next);
        return next;
    }
}
