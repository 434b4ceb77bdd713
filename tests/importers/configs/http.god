God.watch do |w|
  w.name = 'web'
  w.start = '/srv/web/bin/web'
  w.keepalive

  w.restart_if do |on|
    on.condition(:http_response_code) do |c|
      c.host = 'shop.example'
      c.port = 443
      c.path = '/ping?deep=1'
      c.code_is_not = 200
      c.headers = { 'Host' => 'www.shop.example', 'X-Try' => 1 }
      c.timeout = 30.seconds
      c.times = [4, 6]
    end
    on.condition(:http_response_code) do |c|
      c.host = 'shop.example'
      c.ssl = true
      c.port = 8443
      c.ca_file = '/etc/ssl/shop.pem'
      c.code_is = 503
    end
    on.condition(:http_response_code) do |c|
      c.host = 'shop.example'
      c.path = '/a path/with [brackets]'
      c.code_is = 500
    end
    on.condition(:http_response_code) { |c| c.host = 'shop.example' }
    on.condition(:http_response_code) { |c| c.host = 'shop.example'; c.code_is = 9000 }
  end
end
