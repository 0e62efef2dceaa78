using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Serverless.Local.Hosting.Timers;

namespace Serverless.Local.Hosting.Catalog;

/// <summary>Reads and checks the trigger attribute of a function.</summary>
internal static partial class TriggerReader
{
    private static readonly string[] KnownMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];
    private static readonly DefaultInlineConstraintResolver Constraints = new(Options.Create(new RouteOptions()), new ServiceCollection().BuildServiceProvider());

    /// <exception cref="FormatException">Says what is wrong and what is permitted.</exception>
    public static FunctionTrigger Read(string name, MethodInfo method, HostJson hostJson, IConfiguration configuration)
    {
        var triggers = method.GetParameters().Select(parameter => Read(name, parameter, hostJson, configuration)).OfType<FunctionTrigger>().ToArray();
        return triggers.Length switch
        {
            1 => triggers[0],
            0 => throw new FormatException("no parameter carries a trigger; [HttpTrigger], [QueueTrigger], [TimerTrigger], [OrchestrationTrigger] and [ActivityTrigger] are hosted here."),
            _ => throw new FormatException("a function has one trigger; " + string.Join(" and ", triggers.Select(t => t.BindingType)) + " were found."),
        };
    }

    private static FunctionTrigger? Read(string name, ParameterInfo parameter, HostJson hostJson, IConfiguration configuration)
    {
        if (parameter.GetCustomAttribute<HttpTriggerAttribute>() is { } http) return Http(name, parameter, http, hostJson);
        if (parameter.GetCustomAttribute<QueueTriggerAttribute>() is { } queue) return Queue(parameter, queue, configuration);
        if (parameter.GetCustomAttribute<TimerTriggerAttribute>() is { } timer) return Timer(parameter, timer, configuration);
        if (parameter.GetCustomAttribute<OrchestrationTriggerAttribute>() is { } orchestration)
        {
            Require(parameter, typeof(TaskOrchestrationContext));
            return new FunctionTrigger.Orchestration(parameter, orchestration.Orchestration ?? name);
        }

        return parameter.GetCustomAttribute<ActivityTriggerAttribute>() is { } activity ? new FunctionTrigger.Activity(parameter, activity.Activity ?? name) : null;
    }

    private static FunctionTrigger.Http Http(string name, ParameterInfo parameter, HttpTriggerAttribute attribute, HostJson hostJson)
    {
        Require(parameter, typeof(HttpRequest));
        if (attribute.AuthLevel != AuthorizationLevel.Anonymous)
        {
            throw new FormatException($"AuthorizationLevel.{attribute.AuthLevel} needs the keys that Azure keeps for an app; only AuthorizationLevel.Anonymous is hosted here.");
        }

        var methods = (attribute.Methods ?? []).Select(m => m.ToUpperInvariant()).Distinct(StringComparer.Ordinal).ToArray();
        if (methods.FirstOrDefault(m => !KnownMethods.Contains(m)) is { } unknown)
        {
            throw new FormatException($"\"{unknown}\" is no HTTP method; {string.Join(", ", KnownMethods)} are.");
        }

        var template = string.Join('/', new[] { hostJson.RoutePrefix, (attribute.Route ?? name).Trim('/') }.Where(part => part.Length > 0));
        try
        {
            var pattern = RoutePatternFactory.Parse("/" + template);
            foreach (var constraint in pattern.Parameters.SelectMany(p => p.ParameterPolicies).Select(p => p.Content).OfType<string>())
            {
                if (Constraints.ResolveConstraint(constraint) is null) throw new FormatException($"the route \"{template}\" has the unknown constraint \"{constraint}\".");
            }

            return new FunctionTrigger.Http(parameter, pattern, methods);
        }
        catch (Exception e) when (e is RoutePatternException or RouteCreationException)
        {
            throw new FormatException($"the route \"{template}\" is malformed: {e.Message}", e);
        }
    }

    private static FunctionTrigger.Queue Queue(ParameterInfo parameter, QueueTriggerAttribute attribute, IConfiguration configuration)
    {
        var queue = SettingReferences.Resolve(attribute.QueueName, configuration);
        return QueueName().IsMatch(queue)
            ? new FunctionTrigger.Queue(parameter, queue, attribute.Connection)
            : throw new FormatException($"\"{queue}\" is no queue name; 3 to 63 lower-case letters, digits and single '-' between them are permitted.");
    }

    private static FunctionTrigger.Timer Timer(ParameterInfo parameter, TimerTriggerAttribute attribute, IConfiguration configuration)
    {
        Require(parameter, typeof(TimerInfo));
        var schedule = TimerSchedules.Parse(SettingReferences.Resolve(attribute.Schedule, configuration));
        return new FunctionTrigger.Timer(parameter, schedule, attribute.UseMonitor, attribute.RunOnStartup);
    }

    private static void Require(ParameterInfo parameter, Type type)
    {
        if (parameter.ParameterType != type) throw new FormatException($"parameter '{parameter.Name}' carries the trigger and must be of type {type.Name}.");
    }

    [GeneratedRegex(@"^(?=.{3,63}\z)[a-z0-9]+(-[a-z0-9]+)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex QueueName();
}
