using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Conntrack.Control.Router;
using Conntrack.Control.Settings;
using Conntrack.RouterOs.Console;
using Conntrack.V1;
using Grpc.Core;

namespace Conntrack.Daemon.Api;

/// <summary><c>conntrack.v1.ConsoleService</c>: RouterOS commands, carried out on a running router.</summary>
sealed class ConsoleEndpoint(RunningRouter router) : ConsoleService.ConsoleServiceBase
{
    // The default encoder escapes for HTML; a terminal shows the letters of a name.
    static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public override Task<ExecuteResponse> Execute(ExecuteRequest request, ServerCallContext context)
    {
        try
        {
            ConsoleReply reply = ConsoleCommand.Execute(router, request.Command);
            return Task.FromResult(new ExecuteResponse { Output = request.Json ? Json(reply) : Text(reply), Ok = reply.Ok });
        }
        catch (ChangeRefusedException refused)
        {
            return Task.FromResult(new ExecuteResponse { Output = refused.Message + "\n" });
        }
    }

    static string Text(ConsoleReply reply)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        reply.Write(text);
        return text.ToString();
    }

    static string Json(ConsoleReply reply)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, s_json))
        {
            reply.WriteJson(json);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
