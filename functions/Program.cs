using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Hosting;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();

// The host has a limit of its own (100 MiB) and is still sending when a smaller one of this server's would cut it off, which becomes an empty 500. Each
// function bounds what it reads and answers 413.
builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.Limits.MaxRequestBodySize = null);

// The server's own lines about each request name its path, which may name a document, and each is a message to the host; what is to be told of a request the app tells.
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
return Start.Run(builder);
